// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {UnknownKind} from "./interfaces/Errors.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";
import {Spans} from "./libraries/Spans.sol";

/// @title Attestations
/// @author mnft
/// @notice Attestations by kind and account.
contract Attestations is IAttestations {
    using Spans for Checkpoints.Trace208;

    uint256 private _kindCount;
    mapping(uint256 kindId => Kind kind) private _kinds;
    mapping(uint256 kindId => mapping(address account => Checkpoints.Trace208 attestation)) private _attestations;

    /// @inheritdoc IAttestations
    function createKind(Kind calldata kind) external returns (uint256 kindId) {
        require(kind.attester != address(0), AttesterIsZero());

        kindId = ++_kindCount;
        _kinds[kindId] = kind;
        emit KindCreated(kindId, kind.attester, kind);
    }

    /// @inheritdoc IAttestations
    function attest(uint256 kindId, address account, uint64 until) external {
        _requireAttester(kindId);
        require(block.timestamp < until, AlreadyOver(until));

        _attestations[kindId][account].begin(until);
        emit Attested(kindId, account, until);
    }

    /// @inheritdoc IAttestations
    function revoke(uint256 kindId, address account) external {
        _requireAttester(kindId);
        Checkpoints.Trace208 storage attestation = _attestations[kindId][account];
        require(attestation.holdsAt(uint64(block.timestamp)), NotAttested(kindId, account));

        attestation.end();
        emit AttestationRevoked(kindId, account);
    }

    /// @inheritdoc IAttestations
    function kindOf(uint256 kindId) external view returns (Kind memory kind) {
        return _known(kindId);
    }

    /// @inheritdoc IAttestations
    function kindCount() external view returns (uint256 kinds) {
        return _kindCount;
    }

    /// @inheritdoc IAttestations
    function attestationOf(uint256 kindId, address account) external view returns (uint64 since, uint64 until) {
        return _attestations[kindId][account].newest();
    }

    /// @inheritdoc IAttestations
    function isAttested(uint256 kindId, address account, uint64 at) external view returns (bool attested) {
        return _attestations[kindId][account].holdsAt(at);
    }

    /// @inheritdoc IAttestations
    function wasAttested(
        uint256 kindId,
        address account,
        uint64 from,
        uint64 to
    ) external view returns (bool attested) {
        return _attestations[kindId][account].heldWithin(from, to);
    }

    function _requireAttester(uint256 kindId) private view {
        require(_known(kindId).attester == msg.sender, NotAttester(kindId, msg.sender));
    }

    function _known(uint256 kindId) private view returns (Kind storage kind) {
        kind = _kinds[kindId];
        require(kind.attester != address(0), UnknownKind(kindId));
    }
}
