// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {
    InputMismatch,
    InstancesInvalid,
    KeyMismatch,
    ProofTooShort,
    UnknownKind
} from "./interfaces/Errors.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";
import {IHalo2Verifier} from "./interfaces/IHalo2Verifier.sol";
import {Proofs} from "./libraries/Proofs.sol";
import {Spans} from "./libraries/Spans.sol";

/// @title Attestations
/// @author mnft
/// @notice Attestations by kind and account.
contract Attestations is IAttestations {
    using Spans for Checkpoints.Trace208;

    uint256 private constant _POINT_BYTES = 64;

    IHalo2Verifier private immutable _VERIFIER;

    uint256 private _kindCount;
    mapping(uint256 kindId => Kind kind) private _kinds;
    mapping(uint256 kindId => mapping(address account => Checkpoints.Trace208 attestation)) private _attestations;
    mapping(uint256 kindId => mapping(address account => Commitment commitment)) private _commitments;
    mapping(bytes32 keyDigest => bool known) private _knownKeys;

    /// @notice Fixes who judges proofs.
    /// @param verifier What verifies them.
    constructor(IHalo2Verifier verifier) {
        _VERIFIER = verifier;
    }

    /// @inheritdoc IAttestations
    function createKind(Kind calldata kind) external returns (uint256 kindId) {
        require(kind.attester != address(0), AttesterIsZero());

        kindId = ++_kindCount;
        _kinds[kindId] = kind;
        emit KindCreated(kindId, kind.attester, kind);
    }

    /// @inheritdoc IAttestations
    function attest(uint256 kindId, address account, uint64 until) external {
        require(_byAttester(kindId).keyDigest == 0, NeedsProof(kindId));
        require(block.timestamp < until, AlreadyOver(until));

        _attest(kindId, account, until);
    }

    /// @inheritdoc IAttestations
    function commitData(uint256 kindId, address account, bytes32 digest, uint64 until) external {
        require(_byAttester(kindId).keyDigest != 0, NeedsNoProof(kindId));
        require(block.timestamp < until, AlreadyOver(until));

        _commitments[kindId][account] = Commitment(digest, until);
        emit DataCommitted(kindId, account, digest, until);
    }

    /// @inheritdoc IAttestations
    function prove(
        uint256 kindId,
        address account,
        bytes calldata proof,
        uint256[] calldata instances,
        bytes32[] calldata vka
    ) external {
        Kind storage kind = _known(kindId);
        Commitment storage committed = _commitments[kindId][account];
        require(block.timestamp < committed.until, NothingCommitted(kindId, account));
        _requireBound(kindId, kind, committed.digest, proof, vka);
        require(instances.length == 1, InstancesInvalid(instances.length));
        require(instances[0] == kind.output, NotShown(kindId, instances[0]));
        require(Proofs.isAccepted(_VERIFIER, _knownKeys, proof, instances, vka), NotProven(kindId));

        _attest(kindId, account, committed.until);
    }

    /// @inheritdoc IAttestations
    function revoke(uint256 kindId, address account) external {
        _byAttester(kindId);
        Checkpoints.Trace208 storage attestation = _attestations[kindId][account];
        bool attested = attestation.holdsAt(uint64(block.timestamp));
        require(attested || _commitments[kindId][account].until != 0, NotAttested(kindId, account));

        delete _commitments[kindId][account];
        if (attested) attestation.end();
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
    function commitmentOf(uint256 kindId, address account) external view returns (Commitment memory commitment) {
        return _commitments[kindId][account];
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

    function _attest(uint256 kindId, address account, uint64 until) private {
        _attestations[kindId][account].begin(until);
        emit Attested(kindId, account, until);
    }

    /// @dev The verifying key binds neither weights nor data: the points at the proof's head do.
    function _requireBound(
        uint256 kindId,
        Kind storage kind,
        bytes32 committed,
        bytes calldata proof,
        bytes32[] calldata vka
    ) private view {
        require(proof.length >= 2 * _POINT_BYTES, ProofTooShort(proof.length));
        bytes32 key = keccak256(abi.encodePacked(vka));
        require(key == kind.keyDigest, KeyMismatch(kind.keyDigest, key));
        bytes32 data = keccak256(proof[:_POINT_BYTES]);
        require(data == committed, InputMismatch(committed, data));
        require(
            bytes32(proof[_POINT_BYTES:]) == kind.weightPointX
                && bytes32(proof[_POINT_BYTES + 32:]) == kind.weightPointY,
            OtherWeights(kindId)
        );
    }

    function _byAttester(uint256 kindId) private view returns (Kind storage kind) {
        kind = _known(kindId);
        require(kind.attester == msg.sender, NotAttester(kindId, msg.sender));
    }

    function _known(uint256 kindId) private view returns (Kind storage kind) {
        kind = _kinds[kindId];
        require(kind.attester != address(0), UnknownKind(kindId));
    }
}
