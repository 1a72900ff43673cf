// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {OnlyGateway, UnknownKind} from "./interfaces/Errors.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";
import {IConsentLog} from "./interfaces/IConsentLog.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {IPolicies} from "./interfaces/IPolicies.sol";

/// @title Policies
/// @author mnft
/// @notice Policies by licence, and what users used of their limits.
/// @dev An honest host loses nothing that it served: attestation and consent are judged by the epoch of the receipts,
/// and of a limit no other host can use anything while the host's session is open.
contract Policies is IPolicies {
    struct Quota {
        bool isOpen;
        mapping(uint64 period => uint64 calls) used;
    }

    uint8 private constant _ALLOWED = 0;
    uint8 private constant _REFUSED_ATTESTATION = 4;
    uint8 private constant _REFUSED_LIMIT = 5;
    uint8 private constant _REFUSED_CONSENT = 6;
    uint8 private constant _REFUSED_SECOND_SESSION = 7;
    uint8 private constant _BINDS_NOBODY = 8;

    ILicences private immutable _LICENCES;
    address private immutable _GATEWAY;
    IConsentLog private immutable _CONSENT_LOG;
    IAttestations private immutable _ATTESTATIONS;
    uint256 private immutable _EPOCH_SECONDS;

    mapping(uint256 licenceId => Policy policy) private _policies;
    mapping(uint256 licenceId => mapping(uint256 modelId => mapping(address user => Quota quota))) private _quotas;

    /// @notice Fixes whom the policies ask, and the length of an epoch.
    /// @param licences Where terms are.
    /// @param gateway The only account that begins, counts and ends uses.
    /// @param consentLog Where consents are.
    /// @param attestations Where attestations are.
    /// @param epochSeconds How long an epoch is.
    constructor(
        ILicences licences,
        address gateway,
        IConsentLog consentLog,
        IAttestations attestations,
        uint256 epochSeconds
    ) {
        _LICENCES = licences;
        _GATEWAY = gateway;
        _CONSENT_LOG = consentLog;
        _ATTESTATIONS = attestations;
        _EPOCH_SECONDS = epochSeconds;
    }

    /// @inheritdoc IPolicies
    function createLicence(
        ILicences.Terms calldata terms,
        Policy calldata policy
    ) external returns (uint256 licenceId) {
        require(_isWhole(policy), PolicyInvalid());
        uint256 kindId = policy.attestationKind;
        require(kindId <= _ATTESTATIONS.kindCount(), UnknownKind(kindId));

        licenceId = _LICENCES.create(terms);
        _policies[licenceId] = policy;
        emit PolicyFixed(licenceId, msg.sender, policy);
    }

    /// @inheritdoc IPolicies
    function admit(Use calldata use) external returns (uint8 reason, bool policed) {
        _requireGateway();
        reason = check(use);
        Policy storage policy = _policies[use.licenceId];
        policed = _asks(policy);

        if (reason == _ALLOWED && policy.callsPerPeriod != 0) _quotaOf(use).isOpen = true;
    }

    /// @inheritdoc IPolicies
    function record(Use calldata use, uint64 epoch, uint64 calls) external returns (uint8 reason) {
        _requireGateway();
        Policy storage policy = _policies[use.licenceId];
        uint64 from = uint64(epoch * _EPOCH_SECONDS);
        uint64 to = uint64(from + _EPOCH_SECONDS - 1);
        uint256 kindId = _kindFor(policy, use);
        if (kindId != 0 && !_ATTESTATIONS.wasAttested(kindId, use.user, from, to)) return _REFUSED_ATTESTATION;
        if (policy.callsPerPeriod != 0) {
            mapping(uint64 period => uint64 calls) storage usedIn_ = _quotaOf(use).used;
            uint64 period = epoch / policy.periodEpochs;
            uint256 used = uint256(usedIn_[period]) + calls;
            if (used > policy.callsPerPeriod) return _REFUSED_LIMIT;
            usedIn_[period] = uint64(used); // At most the limit.
        }
        bytes32 purpose = _purposeFor(policy, use);
        if (purpose == 0) return _ALLOWED;
        if (!_CONSENT_LOG.wasGiven(use.user, purpose, use.modelId, from, to)) return _REFUSED_CONSENT;
        emit SensitiveUseLogged(use.modelId, use.user, purpose, use.useCase, epoch, calls);
    }

    /// @inheritdoc IPolicies
    function leave(Use calldata use) external {
        _requireGateway();
        _quotaOf(use).isOpen = false;
    }

    /// @inheritdoc IPolicies
    function loosens(uint256 licenceId, uint256 limitId) external view returns (uint8 reason) {
        Policy storage limit = _policies[limitId];
        Policy storage policy = _policies[licenceId];
        if (!limit.bindsDerivatives) return _ALLOWED;
        bool isAttested = policy.attestationKind == limit.attestationKind
            && limit.attestedTerritories & ~policy.attestedTerritories == 0;
        if (limit.attestationKind != 0 && !isAttested) return _REFUSED_ATTESTATION;
        if (limit.callsPerPeriod != 0 && _mostCalls(policy, limit.periodEpochs) > limit.callsPerPeriod) {
            return _REFUSED_LIMIT;
        }
        bool isConsented = policy.consentPurpose == limit.consentPurpose
            && limit.sensitiveUseCases & ~policy.sensitiveUseCases == 0;
        if (limit.consentPurpose != 0 && !isConsented) return _REFUSED_CONSENT;
        return policy.bindsDerivatives ? _ALLOWED : _BINDS_NOBODY;
    }

    /// @inheritdoc IPolicies
    function policyOf(uint256 licenceId) external view returns (Policy memory policy) {
        require(_asks(_policies[licenceId]), NoPolicy(licenceId));
        return _policies[licenceId];
    }

    /// @inheritdoc IPolicies
    function usedIn(
        uint256 licenceId,
        uint256 modelId,
        address user,
        uint64 period
    ) external view returns (uint64 calls) {
        return _quotas[licenceId][modelId][user].used[period];
    }

    /// @inheritdoc IPolicies
    function isOpen(uint256 licenceId, uint256 modelId, address user) external view returns (bool open) {
        return _quotas[licenceId][modelId][user].isOpen;
    }

    /// @inheritdoc IPolicies
    function check(Use calldata use) public view returns (uint8 reason) {
        reason = _LICENCES.check(use.licenceId, use.commercial, use.territory, use.useCase);
        Policy storage policy = _policies[use.licenceId];
        if (reason != _ALLOWED || !_asks(policy)) return reason;
        uint64 now_ = uint64(block.timestamp);
        uint256 kindId = _kindFor(policy, use);
        if (kindId != 0 && !_ATTESTATIONS.isAttested(kindId, use.user, now_)) return _REFUSED_ATTESTATION;
        uint64 limit = policy.callsPerPeriod;
        if (limit != 0) {
            uint64 period = uint64(now_ / _EPOCH_SECONDS / policy.periodEpochs);
            if (_quotaOf(use).used[period] >= limit) return _REFUSED_LIMIT;
        }
        bytes32 purpose = _purposeFor(policy, use);
        if (purpose != 0 && !_CONSENT_LOG.isGiven(use.user, purpose, use.modelId, now_)) return _REFUSED_CONSENT;
        if (limit != 0 && _quotaOf(use).isOpen) return _REFUSED_SECOND_SESSION;
    }

    function _quotaOf(Use calldata use) private view returns (Quota storage quota) {
        return _quotas[use.licenceId][use.modelId][use.user];
    }

    function _kindFor(Policy storage policy, Use calldata use) private view returns (uint256 kindId) {
        return (policy.attestedTerritories >> use.territory) & 1 == 0 ? 0 : policy.attestationKind;
    }

    function _purposeFor(Policy storage policy, Use calldata use) private view returns (bytes32 purpose) {
        return (policy.sensitiveUseCases >> use.useCase) & 1 == 0 ? bytes32(0) : policy.consentPurpose;
    }

    // What a policy allows a user within a period of another one; both began at second zero.
    function _mostCalls(Policy storage policy, uint256 epochs) private view returns (uint256 calls) {
        uint256 own = policy.periodEpochs;
        if (own == 0) return type(uint256).max;
        uint256 touched = Math.ceilDiv(epochs, own);
        if (epochs % own != 0 && own % epochs != 0) ++touched;
        return touched * policy.callsPerPeriod;
    }

    function _asks(Policy storage policy) private view returns (bool asks) {
        return policy.attestationKind != 0 || policy.callsPerPeriod != 0 || policy.consentPurpose != 0;
    }

    function _requireGateway() private view {
        require(msg.sender == _GATEWAY, OnlyGateway(msg.sender));
    }

    function _isWhole(Policy calldata policy) private pure returns (bool whole) {
        return (policy.attestationKind == 0) == (policy.attestedTerritories == 0)
            && (policy.consentPurpose == 0) == (policy.sensitiveUseCases == 0)
            && (policy.callsPerPeriod == 0) == (policy.periodEpochs == 0)
            && (policy.attestationKind != 0 || policy.consentPurpose != 0 || policy.callsPerPeriod != 0);
    }
}
