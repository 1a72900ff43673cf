// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// Errors that several contracts refuse with; each is declared once, here, in alphabetical order.

/// @notice An amount must be positive.
error AmountIsZero();

/// @notice What the batch held has already gone to Revenue.
/// @param batchId The batch.
error BatchReleased(uint256 batchId);

/// @notice The account is not an active host.
/// @param host The account.
error HostNotActive(address host);

/// @notice The proof is about another input than the one that was committed to.
/// @param expected The hash that was committed to.
/// @param actual The hash of the proof's.
error InputMismatch(bytes32 expected, bytes32 actual);

/// @notice The circuit has another number of public instances.
/// @param count How many came.
error InstancesInvalid(uint256 count);

/// @notice The proof is for another circuit.
/// @param expected The digest of the circuit's verifying key.
/// @param actual The digest of the one that came.
error KeyMismatch(bytes32 expected, bytes32 actual);

/// @notice The model is not registered, or awaits its parent's approval.
/// @param modelId The model.
error ModelNotActive(uint256 modelId);

/// @notice Nothing is owed to the account.
/// @param account The account.
error NothingOwed(address account);

/// @notice Only the model's owner may do this.
/// @param modelId The model.
/// @param caller Who tried.
error NotModelOwner(uint256 modelId, address caller);

/// @notice Only the gateway may do this.
/// @param caller Who tried.
error OnlyGateway(address caller);

/// @notice Only the timelock may do this.
/// @param caller Who tried.
error OnlyTimelock(address caller);

/// @notice Only the verification contract may do this.
/// @param caller Who tried.
error OnlyVerification(address caller);

/// @notice The proof does not even hold the commitments at its head.
/// @param length Its length in bytes.
error ProofTooShort(uint256 length);

/// @notice There is no such batch.
/// @param batchId The batch asked for.
error UnknownBatch(uint256 batchId);

/// @notice There is no such kind of attestation.
/// @param kindId The kind asked for.
error UnknownKind(uint256 kindId);

/// @notice There is no such licence.
/// @param licenceId The licence asked for.
error UnknownLicence(uint256 licenceId);

/// @notice There is no such model.
/// @param modelId The model asked for.
error UnknownModel(uint256 modelId);

/// @notice There are two roles: 0 host, 1 validator.
/// @param role The role asked for.
error UnknownRole(uint8 role);

/// @notice There is no such version of the model.
/// @param modelId The model.
/// @param version The version asked for.
error UnknownVersion(uint256 modelId, uint32 version);
