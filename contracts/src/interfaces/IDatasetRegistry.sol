// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Dataset registry
/// @author mnft
/// @notice Which data there is, and the ledger of which version of a model was trained on which.
interface IDatasetRegistry {
    /// @notice A registered dataset.
    /// @param owner Who registered it.
    /// @param registeredAt When it was registered, Unix seconds.
    /// @param licenceId Its licence.
    /// @param contentHash The hash of its bytes.
    /// @param uri Where it is.
    struct Dataset {
        address owner;
        uint64 registeredAt;
        uint256 licenceId;
        bytes32 contentHash;
        string uri;
    }

    /// @notice How a version was trained.
    /// @param datasetIds The datasets, in ascending order.
    /// @param logHash The hash of the training log.
    /// @param operations How many training operations (gradient steps) there were.
    /// @param recordedAt When it was recorded, Unix seconds; 0 for a version without a record.
    struct Training {
        uint256[] datasetIds;
        bytes32 logHash;
        uint64 operations;
        uint64 recordedAt;
    }

    /// @notice A step on the way from a token to its data.
    /// @param modelId The model.
    /// @param version Its version.
    /// @param logHash The hash of its training log, zero where nothing was recorded.
    /// @param operations How many training operations there were.
    /// @param contentHashes The hashes of the data that it was trained on.
    // solhint-disable-next-line gas-struct-packing
    struct Step {
        uint256 modelId;
        uint32 version;
        bytes32 logHash;
        uint64 operations;
        bytes32[] contentHashes;
    }

    /// @notice A dataset is known from now on.
    /// @param datasetId The dataset.
    /// @param owner Who registered it.
    /// @param contentHash The hash of its bytes.
    /// @param licenceId Its licence.
    /// @param uri Where it is.
    event DatasetRegistered(
        uint256 indexed datasetId,
        address indexed owner,
        bytes32 indexed contentHash,
        uint256 licenceId,
        string uri
    );

    /// @notice It is on record, for good, how a version was trained.
    /// @param modelId The model.
    /// @param version The version.
    /// @param datasetIds The datasets.
    /// @param logHash The hash of the training log.
    /// @param operations How many training operations there were.
    event TrainingRecorded(
        uint256 indexed modelId,
        uint32 indexed version,
        uint256[] datasetIds,
        bytes32 logHash,
        uint64 operations
    );

    /// @notice A training has 1 to 32 datasets; a merged model may have none of its own.
    /// @param datasets How many there are.
    /// @param maximum How many there may be.
    error DatasetCountInvalid(uint256 datasets, uint256 maximum);

    /// @notice Datasets are named once each, in ascending order.
    /// @param datasetId The one that is not above the one before it.
    error DatasetsNotAscending(uint256 datasetId);

    /// @notice The data is registered already.
    /// @param contentHash The hash of its bytes.
    /// @param datasetId The dataset.
    error DatasetTaken(bytes32 contentHash, uint256 datasetId);

    /// @notice Zero is the hash of nothing.
    error HashIsZero();

    /// @notice Nothing is trained on no data.
    /// @param operations How many operations it would have been.
    error OperationsWithoutData(uint64 operations);

    /// @notice What the ledger says of a version stays.
    /// @param modelId The model.
    /// @param version The version.
    error TrainingKnown(uint256 modelId, uint32 version);

    /// @notice There is no such dataset.
    /// @param datasetId The dataset asked for.
    error UnknownDataset(uint256 datasetId);

    /// @notice Registers data as the caller's; the same bytes once in the whole protocol.
    /// @param contentHash The hash of its bytes.
    /// @param uri Where it is.
    /// @param licenceId Its licence.
    /// @return datasetId The dataset's number, from 1.
    function register(
        bytes32 contentHash,
        string calldata uri,
        uint256 licenceId
    ) external returns (uint256 datasetId);

    /// @notice Records, once and for good, how a version was trained; for the model's owner.
    /// @dev Which version it came from, the registry and the lineage know. Of a merged model's first version, which is a
    /// mean of others', the record may name no data: its data are its parents'.
    /// @param modelId The model.
    /// @param version The version.
    /// @param datasetIds The datasets, 1 to 32, in ascending order; none for weights that were averaged and no more.
    /// @param logHash The hash of the training log.
    /// @param operations How many training operations (gradient steps) there were.
    function recordTraining(
        uint256 modelId,
        uint32 version,
        uint256[] calldata datasetIds,
        bytes32 logHash,
        uint64 operations
    ) external;

    /// @notice A dataset.
    /// @param datasetId The dataset.
    /// @return dataset Owner, hash, place, licence and time.
    function datasetOf(uint256 datasetId) external view returns (Dataset memory dataset);

    /// @notice The dataset that holds data.
    /// @param contentHash The hash of its bytes.
    /// @return datasetId The dataset, 0 for unknown data.
    function datasetIdOf(bytes32 contentHash) external view returns (uint256 datasetId);

    /// @notice How many datasets there are.
    /// @return datasets Their number, which is also the newest one's.
    function count() external view returns (uint256 datasets);

    /// @notice What the ledger says of a version.
    /// @param modelId The model.
    /// @param version The version.
    /// @return training Datasets, log, operations and time; empty where nothing was recorded.
    function trainingOf(uint256 modelId, uint32 version) external view returns (Training memory training);

    /// @notice The way from a version back to the data that it, and what it came from, was trained on.
    /// @param modelId The model.
    /// @param version The version.
    /// @return steps The version, then what each came from, each once, the nearest first; up to 32.
    /// @return complete Whether these are all; if not, the last one's own trace goes on.
    function traceOf(uint256 modelId, uint32 version) external view returns (Step[] memory steps, bool complete);

    /// @notice The data that a version was trained on, through everything that it came from.
    /// @param modelId The model.
    /// @param version The version.
    /// @return contentHashes The hashes of the data, each once, the nearest first.
    /// @return whole Whether these are all: the trace is complete, and each step of it on record.
    function dataOf(uint256 modelId, uint32 version)
        external
        view
        returns (bytes32[] memory contentHashes, bool whole);
}
