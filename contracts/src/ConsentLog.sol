// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IConsentLog} from "./interfaces/IConsentLog.sol";
import {Spans} from "./libraries/Spans.sol";

/// @title Consent log
/// @author mnft
/// @notice Consents by person, purpose and model.
contract ConsentLog is IConsentLog {
    using Spans for Checkpoints.Trace208;

    mapping(address subject => mapping(bytes32 purpose => mapping(uint256 modelId => Checkpoints.Trace208 consent)))
        private _consents;

    /// @inheritdoc IConsentLog
    function give(bytes32 purpose, uint256 modelId) external {
        Checkpoints.Trace208 storage consent = _consents[msg.sender][purpose][modelId];
        require(!_holds(consent), ConsentKnown(msg.sender, purpose, modelId));

        consent.begin(Spans.ENDLESS);
        emit ConsentGiven(msg.sender, purpose, modelId);
    }

    /// @inheritdoc IConsentLog
    function withdraw(bytes32 purpose, uint256 modelId) external {
        Checkpoints.Trace208 storage consent = _consents[msg.sender][purpose][modelId];
        require(_holds(consent), NoConsent(msg.sender, purpose, modelId));

        consent.end();
        emit ConsentWithdrawn(msg.sender, purpose, modelId);
    }

    /// @inheritdoc IConsentLog
    function consentOf(
        address subject,
        bytes32 purpose,
        uint256 modelId
    ) external view returns (uint64 since, uint64 until) {
        return _consents[subject][purpose][modelId].newest();
    }

    /// @inheritdoc IConsentLog
    function isGiven(
        address subject,
        bytes32 purpose,
        uint256 modelId,
        uint64 at
    ) external view returns (bool given) {
        return _consents[subject][purpose][modelId].holdsAt(at);
    }

    /// @inheritdoc IConsentLog
    function wasGiven(
        address subject,
        bytes32 purpose,
        uint256 modelId,
        uint64 from,
        uint64 to
    ) external view returns (bool given) {
        return _consents[subject][purpose][modelId].heldWithin(from, to);
    }

    function _holds(Checkpoints.Trace208 storage consent) private view returns (bool held) {
        return consent.holdsAt(uint64(block.timestamp));
    }
}
