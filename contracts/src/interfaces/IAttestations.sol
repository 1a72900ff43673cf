// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Attestations
/// @author mnft
/// @notice What attesters say of accounts, by kind, until a time.
interface IAttestations {
    /// @notice What is attested, and by whom.
    /// @param attester Who attests; all that rely on the kind trust it.
    /// @param statement The hash of the text that is attested of an account.
    struct Kind {
        address attester;
        bytes32 statement;
    }

    /// @notice There is a kind of attestation from now on, its attester fixed.
    /// @param kindId The kind.
    /// @param attester Who attests.
    /// @param kind What is attested, and by whom.
    event KindCreated(uint256 indexed kindId, address indexed attester, Kind kind);

    /// @notice A kind holds of an account from now on.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @param until The first second in which it does not hold.
    event Attested(uint256 indexed kindId, address indexed account, uint64 until);

    /// @notice A kind holds of an account no more.
    /// @param kindId The kind.
    /// @param account Of whom.
    event AttestationRevoked(uint256 indexed kindId, address indexed account);

    /// @notice A kind needs an attester.
    error AttesterIsZero();

    /// @notice The time is over already.
    /// @param until The time refused.
    error AlreadyOver(uint64 until);

    /// @notice The kind does not hold of the account.
    /// @param kindId The kind.
    /// @param account Of whom.
    error NotAttested(uint256 kindId, address account);

    /// @notice Only the kind's attester may do this.
    /// @param kindId The kind.
    /// @param caller Who tried.
    error NotAttester(uint256 kindId, address caller);

    /// @notice Fixes a new kind; anyone may.
    /// @param kind What is attested, and by whom.
    /// @return kindId The kind's number, from 1.
    function createKind(Kind calldata kind) external returns (uint256 kindId);

    /// @notice Attests a kind of an account from now on, in place of what was attested before.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @param until The first second in which it does not hold.
    function attest(uint256 kindId, address account, uint64 until) external;

    /// @notice Ends an attestation: it does not hold in this second any more.
    /// @param kindId The kind.
    /// @param account Of whom.
    function revoke(uint256 kindId, address account) external;

    /// @notice A kind.
    /// @param kindId The kind.
    /// @return kind What is attested, and by whom.
    function kindOf(uint256 kindId) external view returns (Kind memory kind);

    /// @notice How many kinds there are.
    /// @return kinds Their number, which is also the newest one's.
    function kindCount() external view returns (uint256 kinds);

    /// @notice The newest attestation.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @return since When it began; zero where there is none.
    /// @return until The first second in which it does not hold.
    function attestationOf(uint256 kindId, address account) external view returns (uint64 since, uint64 until);

    /// @notice Whether a kind held of an account in a second.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @param at The second.
    /// @return attested Whether it did.
    function isAttested(uint256 kindId, address account, uint64 at) external view returns (bool attested);

    /// @notice Whether a kind held of an account at some moment of a time.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @param from The first second.
    /// @param to The last second.
    /// @return attested Whether it did.
    function wasAttested(
        uint256 kindId,
        address account,
        uint64 from,
        uint64 to
    ) external view returns (bool attested);
}
