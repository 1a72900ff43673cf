// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NotModelOwner, UnknownLicence, UnknownVersion} from "./interfaces/Errors.sol";
import {IDatasetRegistry} from "./interfaces/IDatasetRegistry.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {ILineage} from "./interfaces/ILineage.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";

/// @title Dataset registry
/// @author mnft
/// @notice Data by its hash, and an append-only ledger of the training of each version.
contract DatasetRegistry is IDatasetRegistry {
    struct Way {
        uint256[] modelIds;
        uint32[] versions;
        uint256 length;
        bool complete;
    }

    uint256 private constant _MAXIMUM_DATASETS = 32;
    uint256 private constant _MAXIMUM_STEPS = 32;

    ILicences private immutable _LICENCES;
    IModelRegistry private immutable _REGISTRY;
    ILineage private immutable _LINEAGE;

    uint256 private _count;
    mapping(uint256 datasetId => Dataset dataset) private _datasets;
    mapping(bytes32 contentHash => uint256 datasetId) private _datasetIds;
    mapping(uint256 modelId => mapping(uint32 version => Training training)) private _trainings;

    /// @notice Fixes where licences and models are.
    /// @param licences Where licences are.
    /// @param registry Who owns a model, and which versions it has.
    /// @param lineage Which model a model was forked from.
    constructor(ILicences licences, IModelRegistry registry, ILineage lineage) {
        _LICENCES = licences;
        _REGISTRY = registry;
        _LINEAGE = lineage;
    }

    /// @inheritdoc IDatasetRegistry
    function register(
        bytes32 contentHash,
        string calldata uri,
        uint256 licenceId
    ) external returns (uint256 datasetId) {
        require(contentHash != 0, HashIsZero());
        require(licenceId != 0 && licenceId <= _LICENCES.count(), UnknownLicence(licenceId));
        uint256 known = _datasetIds[contentHash];
        require(known == 0, DatasetTaken(contentHash, known));

        datasetId = ++_count;
        _datasets[datasetId] = Dataset(msg.sender, uint64(block.timestamp), licenceId, contentHash, uri);
        _datasetIds[contentHash] = datasetId;
        emit DatasetRegistered(datasetId, msg.sender, contentHash, licenceId, uri);
    }

    /// @inheritdoc IDatasetRegistry
    function recordTraining(
        uint256 modelId,
        uint32 version,
        uint256[] calldata datasetIds,
        bytes32 logHash,
        uint64 operations
    ) external {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        require(version != 0 && version <= _REGISTRY.latestVersion(modelId), UnknownVersion(modelId, version));
        Training storage training = _trainings[modelId][version];
        require(training.recordedAt == 0, TrainingKnown(modelId, version));
        require(logHash != 0, HashIsZero());
        // A mean of others' weights was trained on nothing itself.
        if (datasetIds.length != 0 || !_isMerged(modelId, version)) _requireDatasets(datasetIds);
        require(datasetIds.length != 0 || operations == 0, OperationsWithoutData(operations));

        training.datasetIds = datasetIds;
        training.logHash = logHash;
        training.operations = operations;
        training.recordedAt = uint64(block.timestamp);
        emit TrainingRecorded(modelId, version, datasetIds, logHash, operations);
    }

    /// @inheritdoc IDatasetRegistry
    function datasetOf(uint256 datasetId) external view returns (Dataset memory dataset) {
        require(datasetId != 0 && datasetId <= _count, UnknownDataset(datasetId));
        return _datasets[datasetId];
    }

    /// @inheritdoc IDatasetRegistry
    function datasetIdOf(bytes32 contentHash) external view returns (uint256 datasetId) {
        return _datasetIds[contentHash];
    }

    /// @inheritdoc IDatasetRegistry
    function count() external view returns (uint256 datasets) {
        return _count;
    }

    /// @inheritdoc IDatasetRegistry
    function trainingOf(uint256 modelId, uint32 version) external view returns (Training memory training) {
        return _trainings[modelId][version];
    }

    /// @inheritdoc IDatasetRegistry
    function traceOf(uint256 modelId, uint32 version) external view returns (Step[] memory steps, bool complete) {
        Way memory way = _wayOf(modelId, version);
        steps = new Step[](way.length);
        for (uint256 i = 0; i < way.length; ++i) {
            steps[i] = _step(way.modelIds[i], way.versions[i]);
        }
        return (steps, way.complete);
    }

    /// @inheritdoc IDatasetRegistry
    function dataOf(uint256 modelId, uint32 version)
        external
        view
        returns (bytes32[] memory contentHashes, bool whole)
    {
        Way memory way = _wayOf(modelId, version);
        whole = way.complete;
        contentHashes = new bytes32[](way.length * _MAXIMUM_DATASETS);
        uint256 found = 0;
        for (uint256 i = 0; i < way.length; ++i) {
            Training storage training = _trainings[way.modelIds[i]][way.versions[i]];
            if (training.recordedAt == 0) whole = false;
            for (uint256 j = 0; j < training.datasetIds.length; ++j) {
                bytes32 contentHash = _datasets[training.datasetIds[j]].contentHash;
                if (!_contains(contentHashes, found, contentHash)) contentHashes[found++] = contentHash;
            }
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(contentHashes, found)
        }
    }

    function _wayOf(uint256 modelId, uint32 version) private view returns (Way memory way) {
        way = Way(new uint256[](_MAXIMUM_STEPS), new uint32[](_MAXIMUM_STEPS), 0, true);
        _append(way, modelId, version);
        for (uint256 i = 0; i < way.length; ++i) {
            _appendOrigins(way, way.modelIds[i], way.versions[i]);
        }
    }

    function _isMerged(uint256 modelId, uint32 version) private view returns (bool merged) {
        return _REGISTRY.versionOf(modelId, version).parent == 0 && _LINEAGE.parentsOf(modelId).length > 1;
    }

    // An earlier version of the model, or versions of the older ones that it descends from: the way has an end.
    function _appendOrigins(Way memory way, uint256 modelId, uint32 version) private view {
        uint32 parent = _REGISTRY.versionOf(modelId, version).parent;
        if (parent != 0) {
            _append(way, modelId, parent);
            return;
        }
        ILineage.Parent[] memory parents = _LINEAGE.parentsOf(modelId);
        for (uint256 i = 0; i < parents.length; ++i) {
            _append(way, parents[i].modelId, parents[i].version);
        }
    }

    function _step(uint256 modelId, uint32 version) private view returns (Step memory step) {
        Training storage training = _trainings[modelId][version];
        uint256 datasets = training.datasetIds.length;
        step = Step(modelId, version, training.logHash, training.operations, new bytes32[](datasets));
        for (uint256 i = 0; i < datasets; ++i) {
            step.contentHashes[i] = _datasets[training.datasetIds[i]].contentHash;
        }
    }

    function _requireDatasets(uint256[] calldata datasetIds) private view {
        require(
            datasetIds.length != 0 && datasetIds.length <= _MAXIMUM_DATASETS,
            DatasetCountInvalid(datasetIds.length, _MAXIMUM_DATASETS)
        );
        uint256 previous = 0;
        for (uint256 i = 0; i < datasetIds.length; ++i) {
            require(datasetIds[i] != 0 && datasetIds[i] <= _count, UnknownDataset(datasetIds[i]));
            require(datasetIds[i] > previous, DatasetsNotAscending(datasetIds[i]));
            previous = datasetIds[i];
        }
    }

    function _contains(bytes32[] memory hashes, uint256 count_, bytes32 hash) private pure returns (bool contained) {
        for (uint256 i = 0; i < count_; ++i) {
            if (hashes[i] == hash) return true;
        }
        return false;
    }

    function _append(Way memory way, uint256 modelId, uint32 version) private pure {
        for (uint256 i = 0; i < way.length; ++i) {
            if (way.modelIds[i] == modelId && way.versions[i] == version) return;
        }
        if (way.length == _MAXIMUM_STEPS) {
            way.complete = false;
            return;
        }
        way.modelIds[way.length] = modelId;
        way.versions[way.length] = version;
        ++way.length;
    }
}
