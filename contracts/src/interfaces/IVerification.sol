// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGateway} from "./IGateway.sol";

/// @title Verification
/// @author mnft
/// @notice Circuits, the validators' beacon, and spot checks that hosts answer by proofs.
interface IVerification {
    /// @notice What a proof of one model version must be made with.
    /// @dev The owner states it: whoever relies on it recomputes the digest from the model and the settings.
    /// inputMode 0: the input is committed, as the proof's first point; 1: it is opened, as the first instances.
    /// inputBound is the largest absolute input that can be proven.
    struct Circuit {
        bytes32 keyDigest;
        bytes32 settingsHash;
        bytes32 weightPointX;
        bytes32 weightPointY;
        uint8 inputMode;
        uint32 inputLength;
        uint32 outputLength;
        uint64 inputBound;
        uint8 logrows;
        string srsId;
    }

    /// @notice A receipt that its host must prove until the deadline, inclusive.
    struct Check {
        uint256 batchId;
        bytes32 sessionId;
        bytes32 leaf;
        bytes32 inputCommitment;
        bytes32 outputHash;
        uint256 modelId;
        uint256 refund;
        address host;
        uint64 deadline;
        uint32 version;
        address validator;
        bool closed;
    }

    /// @notice A version's inferences can be proven from now on.
    /// @param modelId The model.
    /// @param version The version.
    /// @param keyDigest The hash of the verifying key's words.
    /// @param settingsHash The hash of the circuit's settings.
    /// @param inputMode How the input is bound: 0 committed, 1 opened.
    event CircuitRegistered(
        uint256 indexed modelId, uint32 indexed version, bytes32 keyDigest, bytes32 settingsHash, uint8 inputMode
    );

    /// @notice A validator takes part in an epoch's beacon.
    /// @param epoch The epoch.
    /// @param validator The validator.
    event SecretCommitted(uint64 indexed epoch, address indexed validator);

    /// @notice A secret went into an epoch's beacon.
    /// @param epoch The epoch.
    /// @param validator The validator.
    /// @param secret The secret.
    event SecretRevealed(uint64 indexed epoch, address indexed validator, bytes32 secret);

    /// @notice A host must prove a receipt until the deadline.
    /// @param checkId The check.
    /// @param batchId The batch that holds the receipt.
    /// @param host Who must answer.
    /// @param validator Who asked.
    /// @param leaf The receipt's digest.
    /// @param deadline The last second for an answer.
    event CheckOpened(
        uint256 indexed checkId,
        uint256 indexed batchId,
        address indexed host,
        address validator,
        bytes32 leaf,
        uint64 deadline
    );

    /// @notice A receipt was proven.
    /// @param checkId The check.
    /// @param host Who served it.
    /// @param paid What the validator earned.
    event CheckPassed(uint256 indexed checkId, address indexed host, uint256 paid);

    /// @notice A receipt was not proven in time.
    /// @param checkId The check.
    /// @param host Who served it.
    /// @param penalty The stake that the host lost.
    /// @param refund What the user got back.
    event CheckFailed(uint256 indexed checkId, address indexed host, uint256 penalty, uint256 refund);

    /// @notice A receipt is checked once.
    /// @param leaf The receipt's digest.
    error AlreadyChecked(bytes32 leaf);

    /// @notice A validator has one secret per epoch.
    /// @param epoch The epoch.
    /// @param validator The validator.
    error AlreadyCommitted(uint64 epoch, address validator);

    /// @notice The host still has time to answer.
    /// @param checkId The check.
    /// @param deadline The last second for an answer.
    error AnswerStillPossible(uint256 checkId, uint64 deadline);

    /// @notice The time to answer is over.
    /// @param checkId The check.
    /// @param deadline The last second for an answer.
    error AnswerTooLate(uint256 checkId, uint64 deadline);

    /// @notice The epoch's beacon can still change, or nobody revealed a secret.
    /// @param epoch The epoch.
    error BeaconNotFinal(uint64 epoch);

    /// @notice The check was answered or has expired.
    /// @param checkId The check.
    error CheckClosed(uint256 checkId);

    /// @notice The batch can no longer be checked.
    /// @param batchId The batch.
    /// @param until The last second in which it could.
    error CheckWindowOver(uint256 batchId, uint64 until);

    /// @notice No proof could ever be made for such a circuit.
    error CircuitInvalid();

    /// @notice A version's circuit never changes.
    /// @param modelId The model.
    /// @param version The version.
    error CircuitKnown(uint256 modelId, uint32 version);

    /// @notice The version has no circuit: its receipts cannot be proven.
    /// @param modelId The model.
    /// @param version The version.
    error NoCircuit(uint256 modelId, uint32 version);

    /// @notice The caller is not an active validator.
    /// @param caller Who tried.
    error NotActiveValidator(address caller);

    /// @notice The beacon did not pick the receipt.
    /// @param batchId The batch.
    /// @param leaf The receipt's digest.
    error NotPicked(uint256 batchId, bytes32 leaf);

    /// @notice The proof is about another output than the receipt's.
    /// @param expected The hash in the receipt.
    /// @param actual The hash of the proof's.
    error OutputMismatch(bytes32 expected, bytes32 actual);

    /// @notice The verifier said no, or reverted.
    /// @param checkId The check.
    error ProofRejected(uint256 checkId);

    /// @notice The batch's root does not hold the receipt, or the receipt's session is not the batch's.
    /// @param batchId The batch.
    /// @param leaf The receipt's digest.
    error ReceiptNotInBatch(uint256 batchId, bytes32 leaf);

    /// @notice There is no such check.
    /// @param checkId The check asked for.
    error UnknownCheck(uint256 checkId);

    /// @notice The proof is about other weights than the version's.
    /// @param modelId The model.
    /// @param version The version.
    error WeightMismatch(uint256 modelId, uint32 version);

    /// @notice Secrets are committed in the epoch before theirs, and revealed in theirs.
    /// @param epoch The secret's epoch.
    /// @param current The running epoch.
    error WrongEpoch(uint64 epoch, uint64 current);

    /// @notice The validator committed to another secret, to none, or has revealed it already.
    /// @param epoch The epoch.
    /// @param validator The validator.
    error WrongSecret(uint64 epoch, address validator);

    /// @notice States, once, what proofs of a version are made with; the model's owner may.
    /// @param modelId The model.
    /// @param version The version.
    /// @param circuit The circuit.
    function registerCircuit(uint256 modelId, uint32 version, Circuit calldata circuit) external;

    /// @notice Promises a secret for the next epoch's beacon; an active validator may.
    /// @param epoch The next epoch.
    /// @param commitment keccak256(abi.encode(caller, secret)).
    function commitSecret(uint64 epoch, bytes32 commitment) external;

    /// @notice Mixes a promised secret into the running epoch's beacon.
    /// @param epoch The running epoch.
    /// @param secret What the caller promised.
    function revealSecret(uint64 epoch, bytes32 secret) external;

    /// @notice Demands the proof of a receipt that the beacon picked; an active validator may.
    /// @param batchId The batch.
    /// @param receipt The receipt.
    /// @param proof The siblings from the receipt's digest up to the batch's root.
    /// @return checkId The check's number, from 1.
    function openCheck(uint256 batchId, IGateway.InferenceReceipt calldata receipt, bytes32[] calldata proof)
        external
        returns (uint256 checkId);

    /// @notice Proves a checked receipt; anyone may.
    /// @param checkId The check.
    /// @param proof The proof, its commitments first.
    /// @param instances The public field elements: the opened inputs, then the outputs.
    /// @param vka The words of the verifying key's artifact.
    function answerCheck(uint256 checkId, bytes calldata proof, uint256[] calldata instances, bytes32[] calldata vka)
        external;

    /// @notice Slashes the host of a check that nobody answered, and gives the user the price back; anyone may.
    /// @param checkId The check.
    function expireCheck(uint256 checkId) external;

    /// @notice A version's circuit.
    /// @param modelId The model.
    /// @param version The version.
    /// @return circuit The circuit.
    function circuitOf(uint256 modelId, uint32 version) external view returns (Circuit memory circuit);

    /// @notice A check.
    /// @param checkId The check's number.
    /// @return check The check.
    function checkOf(uint256 checkId) external view returns (Check memory check);

    /// @notice The exclusive or of an epoch's secrets revealed so far; zero if there are none.
    /// @param epoch The epoch.
    /// @return beacon The beacon, final when the epoch is over.
    function beaconOf(uint64 epoch) external view returns (bytes32 beacon);

    /// @notice Whether the beacon of the epoch after the batch's picks a receipt.
    /// @param batchId The batch.
    /// @param leaf The receipt's digest.
    /// @return picked Whether it does.
    function isPicked(uint256 batchId, bytes32 leaf) external view returns (bool picked);
}
