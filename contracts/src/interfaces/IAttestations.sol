// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Attestations
/// @author mnft
/// @notice What attesters say of accounts, by kind, until a time; or what accounts prove of data that they commit to.
interface IAttestations {
    /// @notice What is attested, and by whom.
    /// @param attester Who attests; all that rely on the kind trust it.
    /// @param statement The hash of the text that is attested of an account.
    /// @param keyDigest The hash of a verifying key's words: the attester then commits to data of an account, and a proof
    /// under this key shows what the statement says of them, and no more; zero where the attester's word is enough.
    /// @param weightPointX The commitment to the circuit's weights, x.
    /// @param weightPointY The commitment to the circuit's weights, y.
    /// @param output What the circuit must give: its only public value.
    struct Kind {
        address attester;
        bytes32 statement;
        bytes32 keyDigest;
        bytes32 weightPointX;
        bytes32 weightPointY;
        uint256 output;
    }

    /// @notice Data of an account, hidden, for which an attester stands.
    /// @param digest The hash of the point that commits to them.
    /// @param until The first second in which the attester does not stand for them any more.
    struct Commitment {
        bytes32 digest;
        uint64 until;
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

    /// @notice An attester stands for data of an account, which nobody sees.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @param digest The hash of the point that commits to them.
    /// @param until The first second in which the attester does not.
    event DataCommitted(uint256 indexed kindId, address indexed account, bytes32 digest, uint64 until);

    /// @notice A kind holds of an account no more, and nobody stands for its data.
    /// @param kindId The kind.
    /// @param account Of whom.
    event AttestationRevoked(uint256 indexed kindId, address indexed account);

    /// @notice A kind needs an attester.
    error AttesterIsZero();

    /// @notice The time is over already.
    /// @param until The time refused.
    error AlreadyOver(uint64 until);

    /// @notice The kind is attested by a proof, not by word.
    /// @param kindId The kind.
    error NeedsProof(uint256 kindId);

    /// @notice The kind is attested by word, not by a proof.
    /// @param kindId The kind.
    error NeedsNoProof(uint256 kindId);

    /// @notice Nobody stands for data of the account.
    /// @param kindId The kind.
    /// @param account Of whom.
    error NothingCommitted(uint256 kindId, address account);

    /// @notice The proof is about another circuit of the same shape.
    /// @param kindId The kind.
    error OtherWeights(uint256 kindId);

    /// @notice The verifier said no, or reverted.
    /// @param kindId The kind.
    error NotProven(uint256 kindId);

    /// @notice The proof shows something else of the data.
    /// @param kindId The kind.
    /// @param output What the circuit gives.
    error NotShown(uint256 kindId, uint256 output);

    /// @notice The kind does not hold of the account, and nobody stands for its data.
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

    /// @notice Stands for data of an account, in place of what was committed before.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @param digest The hash of the point that commits to them.
    /// @param until The first second in which the attester does not stand for them any more.
    function commitData(uint256 kindId, address account, bytes32 digest, uint64 until) external;

    /// @notice Attests a kind of an account by a proof about the data committed for it; anyone may bring it.
    /// @dev No other account can use the proof: another commitment stands for its data. It attests as long as the
    /// attester stands for the data, so bringing it again changes nothing.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @param proof The proof, its commitments first: the data's, then the weights'.
    /// @param instances The circuit's public values: one.
    /// @param vka The words of the verifying key's artifact.
    function prove(
        uint256 kindId,
        address account,
        bytes calldata proof,
        uint256[] calldata instances,
        bytes32[] calldata vka
    ) external;

    /// @notice Ends an attestation, and what stands for the account's data: neither holds in this second any more.
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

    /// @notice What an attester stands for.
    /// @param kindId The kind.
    /// @param account Of whom.
    /// @return commitment The data, hidden; zeros where there are none.
    function commitmentOf(uint256 kindId, address account) external view returns (Commitment memory commitment);

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
