// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {
    BatchReleased,
    InputMismatch,
    InstancesInvalid,
    KeyMismatch,
    NotModelOwner,
    ProofTooShort,
    UnknownVersion
} from "./interfaces/Errors.sol";
import {IGateway} from "./interfaces/IGateway.sol";
import {IHalo2Verifier} from "./interfaces/IHalo2Verifier.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IRevenue} from "./interfaces/IRevenue.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {IVerification} from "./interfaces/IVerification.sol";
import {Proofs} from "./libraries/Proofs.sol";

/// @title Verification
/// @author mnft
/// @notice Circuits by model version, beacons by epoch, checks by number.
/// @dev The beacon that picks a batch's receipts is the next epoch's: nobody knows it when they settle.
/// A validator that withholds its secret still chooses between two beacons.
contract Verification is IVerification {
    uint256 private constant _PPM = 1_000_000;
    uint256 private constant _POINT_BYTES = 64;
    uint8 private constant _INPUT_OPENED = 1;
    uint8 private constant _HOST = 0;
    uint8 private constant _VALIDATOR = 1;

    IParameterStore private immutable _PARAMETERS;
    IModelRegistry private immutable _REGISTRY;
    IGateway private immutable _GATEWAY;
    IRevenue private immutable _REVENUE;
    IStaking private immutable _STAKING;
    IHalo2Verifier private immutable _VERIFIER;
    uint256 private immutable _EPOCH_SECONDS;

    mapping(uint256 modelId => mapping(uint32 version => Circuit circuit)) private _circuits;
    mapping(uint64 epoch => mapping(address validator => bytes32 commitment)) private _commitments;
    mapping(uint64 epoch => bytes32 beacon) private _beacons;
    mapping(uint256 checkId => Check check) private _checks;
    mapping(bytes32 leaf => bool known) private _checked;
    mapping(bytes32 keyDigest => bool known) private _knownKeys;
    uint256 private _checkCount;

    /// @notice Fixes whom the contract trusts, and the length of an epoch.
    /// @param parameters Where the rates, windows and the slash are.
    /// @param registry Who owns a model, and which versions it has.
    /// @param gateway Where the batches are.
    /// @param revenue What pays the validators.
    /// @param staking What says who is a validator, and slashes.
    /// @param verifier What verifies proofs.
    /// @param epochSeconds The length of an epoch.
    constructor(
        address parameters,
        address registry,
        address gateway,
        address revenue,
        address staking,
        address verifier,
        uint256 epochSeconds
    ) {
        _PARAMETERS = IParameterStore(parameters);
        _REGISTRY = IModelRegistry(registry);
        _GATEWAY = IGateway(gateway);
        _REVENUE = IRevenue(revenue);
        _STAKING = IStaking(staking);
        _VERIFIER = IHalo2Verifier(verifier);
        _EPOCH_SECONDS = epochSeconds;
    }

    /// @inheritdoc IVerification
    function registerCircuit(uint256 modelId, uint32 version, Circuit calldata circuit) external {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        require(version > 0 && version <= _REGISTRY.latestVersion(modelId), UnknownVersion(modelId, version));
        require(_circuits[modelId][version].keyDigest == 0, CircuitKnown(modelId, version));
        require(
            circuit.keyDigest != 0 && circuit.outputLength > 0 && circuit.inputMode <= _INPUT_OPENED
                && (circuit.inputMode != _INPUT_OPENED || circuit.inputLength > 0),
            CircuitInvalid()
        );

        _circuits[modelId][version] = circuit;
        emit CircuitRegistered(modelId, version, circuit.keyDigest, circuit.settingsHash, circuit.inputMode);
    }

    /// @inheritdoc IVerification
    function commitSecret(uint64 epoch, bytes32 commitment) external {
        _requireValidator();
        uint64 current = _epochOf(block.timestamp);
        require(epoch == uint256(current) + 1, WrongEpoch(epoch, current));
        require(_commitments[epoch][msg.sender] == 0, AlreadyCommitted(epoch, msg.sender));

        _commitments[epoch][msg.sender] = commitment;
        emit SecretCommitted(epoch, msg.sender);
    }

    /// @inheritdoc IVerification
    function revealSecret(uint64 epoch, bytes32 secret) external {
        uint64 current = _epochOf(block.timestamp);
        require(epoch == current, WrongEpoch(epoch, current));
        bytes32 commitment = keccak256(abi.encode(msg.sender, secret));
        require(_commitments[epoch][msg.sender] == commitment, WrongSecret(epoch, msg.sender));

        // Revealed twice, a secret would cancel itself.
        _commitments[epoch][msg.sender] = 0;
        _beacons[epoch] ^= keccak256(abi.encode(epoch, secret));
        emit SecretRevealed(epoch, msg.sender, secret);
    }

    /// @inheritdoc IVerification
    function openCheck(uint256 batchId, IGateway.InferenceReceipt calldata receipt, bytes32[] calldata proof)
        external
        returns (uint256 checkId)
    {
        _requireValidator();
        Check memory check = _pickedCheck(batchId, receipt, proof);

        checkId = ++_checkCount;
        _checked[check.leaf] = true;
        _checks[checkId] = check;
        emit CheckOpened(checkId, batchId, check.host, msg.sender, check.leaf, check.deadline);

        _GATEWAY.hold(batchId);
    }

    /// @inheritdoc IVerification
    function answerCheck(uint256 checkId, bytes calldata proof, uint256[] calldata instances, bytes32[] calldata vka)
        external
    {
        Check storage check = _unclosed(checkId);
        require(block.timestamp <= check.deadline, AnswerTooLate(checkId, check.deadline));
        _requireBound(check, proof, instances, vka);
        require(Proofs.isAccepted(_VERIFIER, _knownKeys, proof, instances, vka), ProofRejected(checkId));

        check.closed = true;

        uint256 paid = _REVENUE.payChecker(check.validator, _PARAMETERS.get("checkReward"));
        _GATEWAY.settleCheck(check.batchId, check.sessionId, 0);
        emit CheckPassed(checkId, check.host, paid);
    }

    /// @inheritdoc IVerification
    function expireCheck(uint256 checkId) external {
        Check storage check = _unclosed(checkId);
        require(block.timestamp > check.deadline, AnswerStillPossible(checkId, check.deadline));
        uint256 fractionBps = _PARAMETERS.get("wrongOutputSlashBps");

        check.closed = true;

        uint256 penalty = _STAKING.slash(check.host, _HOST, fractionBps, check.validator);
        uint256 refunded = _GATEWAY.settleCheck(check.batchId, check.sessionId, check.refund);
        emit CheckFailed(checkId, check.host, penalty, refunded);
    }

    /// @inheritdoc IVerification
    function circuitOf(uint256 modelId, uint32 version) external view returns (Circuit memory circuit) {
        circuit = _circuits[modelId][version];
        require(circuit.keyDigest != 0, NoCircuit(modelId, version));
    }

    /// @inheritdoc IVerification
    function checkOf(uint256 checkId) external view returns (Check memory check) {
        return _known(checkId);
    }

    /// @inheritdoc IVerification
    function beaconOf(uint64 epoch) external view returns (bytes32 beacon) {
        return _beacons[epoch];
    }

    /// @inheritdoc IVerification
    function isPicked(uint256 batchId, bytes32 leaf) external view returns (bool picked) {
        (,,,,, uint64 settledAt,,) = _GATEWAY.batchOf(batchId);
        return _picks(_finalBeacon(settledAt), leaf);
    }

    /// @dev The check that a validator may open now; refuses all others.
    function _pickedCheck(uint256 batchId, IGateway.InferenceReceipt calldata receipt, bytes32[] calldata proof)
        private
        view
        returns (Check memory check)
    {
        check.batchId = batchId;
        check.validator = msg.sender;
        uint64 settledAt;
        bool released;
        (check.host, check.modelId,,,, settledAt,, released) = _GATEWAY.batchOf(batchId);
        require(!released, BatchReleased(batchId));
        bytes32 beacon = _finalBeacon(settledAt);
        check.sessionId = receipt.sessionId;
        check.inputCommitment = receipt.inputCommitment;
        check.outputHash = receipt.outputHash;
        check.leaf = _GATEWAY.receiptDigest(receipt);
        require(_GATEWAY.isInBatch(batchId, receipt, proof), ReceiptNotInBatch(batchId, check.leaf));
        require(_picks(beacon, check.leaf), NotPicked(batchId, check.leaf));
        require(!_checked[check.leaf], AlreadyChecked(check.leaf));
        (IGateway.Session memory session,,,,) = _GATEWAY.sessionOf(receipt.sessionId);
        check.version = session.version;
        require(_circuits[check.modelId][check.version].keyDigest != 0, NoCircuit(check.modelId, check.version));
        uint64 until = SafeCast.toUint64(settledAt + _PARAMETERS.get("challengeWindowSeconds"));
        require(block.timestamp <= until, CheckWindowOver(batchId, until));
        check.deadline = SafeCast.toUint64(block.timestamp + _PARAMETERS.get("answerWindowSeconds"));
        check.refund = _GATEWAY.refundableOf(receipt);
    }

    /// @dev The verifying key binds neither weights nor input: the points at the proof's head do.
    function _requireBound(
        Check storage check,
        bytes calldata proof,
        uint256[] calldata instances,
        bytes32[] calldata vka
    ) private view {
        Circuit storage circuit = _circuits[check.modelId][check.version];
        bool opened = circuit.inputMode == _INPUT_OPENED;
        uint256 weightsAt = opened ? 0 : _POINT_BYTES;
        require(proof.length >= weightsAt + _POINT_BYTES, ProofTooShort(proof.length));
        bytes32 key = keccak256(abi.encodePacked(vka));
        require(key == circuit.keyDigest, KeyMismatch(circuit.keyDigest, key));
        uint256 inputCount = opened ? circuit.inputLength : 0;
        require(instances.length == inputCount + circuit.outputLength, InstancesInvalid(instances.length));
        bytes32 input = opened
            ? keccak256(abi.encodePacked(instances[:inputCount]))
            : keccak256(proof[:_POINT_BYTES]);
        require(input == check.inputCommitment, InputMismatch(check.inputCommitment, input));
        require(
            bytes32(proof[weightsAt:]) == circuit.weightPointX && bytes32(proof[weightsAt + 32:]) == circuit.weightPointY,
            WeightMismatch(check.modelId, check.version)
        );
        bytes32 output = keccak256(abi.encodePacked(instances[inputCount:]));
        require(output == check.outputHash, OutputMismatch(check.outputHash, output));
    }

    function _requireValidator() private view {
        require(_STAKING.isActive(msg.sender, _VALIDATOR), NotActiveValidator(msg.sender));
    }

    function _known(uint256 checkId) private view returns (Check storage check) {
        check = _checks[checkId];
        require(check.validator != address(0), UnknownCheck(checkId));
    }

    function _unclosed(uint256 checkId) private view returns (Check storage check) {
        check = _known(checkId);
        require(!check.closed, CheckClosed(checkId));
    }

    function _finalBeacon(uint64 settledAt) private view returns (bytes32 beacon) {
        uint64 epoch = _epochOf(settledAt) + 1;
        beacon = _beacons[epoch];
        require(_epochOf(block.timestamp) > epoch && beacon != 0, BeaconNotFinal(epoch));
    }

    function _picks(bytes32 beacon, bytes32 leaf) private view returns (bool picked) {
        uint256 drawn = uint256(keccak256(abi.encode(beacon, leaf))) % _PPM;
        return drawn < _PARAMETERS.get("spotCheckRatePpm");
    }

    function _epochOf(uint256 timestamp) private view returns (uint64 epoch) {
        return SafeCast.toUint64(timestamp / _EPOCH_SECONDS);
    }
}
