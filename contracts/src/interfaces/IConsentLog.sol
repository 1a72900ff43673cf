// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Consent log
/// @author mnft
/// @notice Who agreed when that a model is used on them for a purpose; entries are added and never changed.
/// @dev A purpose is the hash of the text that was agreed to.
interface IConsentLog {
    /// @notice A person agrees from now on.
    /// @param subject Who.
    /// @param purpose To what.
    /// @param modelId By which model.
    event ConsentGiven(address indexed subject, bytes32 indexed purpose, uint256 indexed modelId);

    /// @notice A person agrees no more.
    /// @param subject Who.
    /// @param purpose To what.
    /// @param modelId By which model.
    event ConsentWithdrawn(address indexed subject, bytes32 indexed purpose, uint256 indexed modelId);

    /// @notice The consent was given and holds.
    /// @param subject Who gave it.
    /// @param purpose To what.
    /// @param modelId By which model.
    error ConsentKnown(address subject, bytes32 purpose, uint256 modelId);

    /// @notice There is no consent to withdraw.
    /// @param subject Who never gave it, or withdrew it.
    /// @param purpose To what.
    /// @param modelId By which model.
    error NoConsent(address subject, bytes32 purpose, uint256 modelId);

    /// @notice Gives the caller's consent, until it is withdrawn.
    /// @param purpose To what.
    /// @param modelId By which model.
    function give(bytes32 purpose, uint256 modelId) external;

    /// @notice Withdraws the caller's consent: it does not hold in this second any more.
    /// @param purpose To what.
    /// @param modelId By which model.
    function withdraw(bytes32 purpose, uint256 modelId) external;

    /// @notice The newest entry.
    /// @param subject Who.
    /// @param purpose To what.
    /// @param modelId By which model.
    /// @return since When it was written; zero where there is none.
    /// @return until The first second in which it does not hold; the largest number while it is not withdrawn.
    function consentOf(
        address subject,
        bytes32 purpose,
        uint256 modelId
    ) external view returns (uint64 since, uint64 until);

    /// @notice Whether a consent held in a second.
    /// @param subject Who.
    /// @param purpose To what.
    /// @param modelId By which model.
    /// @param at The second.
    /// @return given Whether it did.
    function isGiven(
        address subject,
        bytes32 purpose,
        uint256 modelId,
        uint64 at
    ) external view returns (bool given);

    /// @notice Whether a consent held at some moment of a time.
    /// @param subject Who.
    /// @param purpose To what.
    /// @param modelId By which model.
    /// @param from The first second.
    /// @param to The last second.
    /// @return given Whether it did.
    function wasGiven(
        address subject,
        bytes32 purpose,
        uint256 modelId,
        uint64 from,
        uint64 to
    ) external view returns (bool given);
}
