// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ModelNotActive, NotModelOwner} from "./interfaces/Errors.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {ILineage} from "./interfaces/ILineage.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";

/// @title Lineage
/// @author mnft
/// @notice The family tree of models. A parent is fixed at birth and is older than its child, so there are no cycles.
contract Lineage is ILineage {
    struct Birth {
        uint256 parentId;
        uint32 parentVersion;
        uint16 royaltyBps;
        uint8 depth;
        bool pending;
    }

    uint8 private constant _DERIVATIVES_FORBIDDEN = 0;
    uint8 private constant _DERIVATIVES_WITH_APPROVAL = 1;
    uint256 private constant _MAXIMUM_DEPTH = 16;
    bytes32 private constant _MAXIMUM_ROYALTY_SUM = "maximumRoyaltySumBps";

    IParameterStore private immutable _PARAMETER_STORE;
    ILicences private immutable _LICENCES;
    IModelRegistry private immutable _MODEL_REGISTRY;

    // Models that are no forks have none.
    mapping(uint256 modelId => Birth birth) private _births;

    /// @notice Fixes who the lineage works with.
    /// @param parameterStore Where governed numbers are.
    /// @param licences Where licences are.
    /// @param modelRegistry Where models are.
    constructor(IParameterStore parameterStore, ILicences licences, IModelRegistry modelRegistry) {
        _PARAMETER_STORE = parameterStore;
        _LICENCES = licences;
        _MODEL_REGISTRY = modelRegistry;
    }

    /// @inheritdoc ILineage
    function fork(
        Parent calldata parent,
        IModelRegistry.Registration calldata registration
    ) external returns (uint256 childId) {
        bool approved = _requireForkable(parent);
        uint256 depth = uint256(_births[parent.modelId].depth) + 1;
        require(depth <= _MAXIMUM_DEPTH, LineageTooDeep(depth, _MAXIMUM_DEPTH));

        // The registry calls nobody back, so the child's number may be learnt before it is used.
        childId = _MODEL_REGISTRY.registerFor(msg.sender, registration);
        _births[childId] = Birth(parent.modelId, parent.version, parent.royaltyBps, uint8(depth), !approved);
        emit Forked(childId, parent.modelId, parent.version, parent.royaltyBps, approved);
    }

    /// @inheritdoc ILineage
    function approveChild(uint256 childId) external {
        Birth storage birth = _births[childId];
        require(birth.pending, NotPending(childId));
        uint256 parentId = birth.parentId;
        require(_MODEL_REGISTRY.ownerOf(parentId) == msg.sender, NotModelOwner(parentId, msg.sender));

        birth.pending = false;
        emit ChildApproved(childId, parentId);
    }

    /// @inheritdoc ILineage
    function parentsOf(uint256 modelId) external view returns (Parent[] memory parents) {
        Birth storage birth = _births[modelId];
        if (birth.depth == 0) return parents;
        parents = new Parent[](1);
        parents[0] = Parent(birth.parentId, birth.parentVersion, birth.royaltyBps);
    }

    /// @inheritdoc ILineage
    function ancestorsOf(uint256 modelId) external view returns (uint256[] memory ancestors) {
        uint256 depth = _births[modelId].depth;
        ancestors = new uint256[](depth);
        uint256 descendant = modelId;
        for (uint256 i = 0; i < depth; ++i) {
            descendant = _births[descendant].parentId;
            ancestors[i] = descendant;
        }
    }

    /// @inheritdoc ILineage
    function depthOf(uint256 modelId) external view returns (uint256 depth) {
        return _births[modelId].depth;
    }

    /// @inheritdoc ILineage
    function isActive(uint256 modelId) external view returns (bool active) {
        return _MODEL_REGISTRY.latestVersion(modelId) != 0 && !_births[modelId].pending;
    }

    // Whether the child is approved at birth: the licence asks for none, or the caller gives it.
    function _requireForkable(Parent calldata parent) private view returns (bool approved) {
        uint256 licenceId = _MODEL_REGISTRY.licenceOf(parent.modelId, parent.version);
        require(
            _MODEL_REGISTRY.isServable(parent.modelId, parent.version),
            VersionIsDeprecated(parent.modelId, parent.version)
        );
        require(!_births[parent.modelId].pending, ModelNotActive(parent.modelId));

        ILicences.Terms memory terms = _LICENCES.termsOf(licenceId);
        require(terms.derivatives != _DERIVATIVES_FORBIDDEN, DerivativesForbidden(parent.modelId));
        require(
            parent.royaltyBps >= terms.minimumRoyaltyBps,
            RoyaltyBelowMinimum(parent.modelId, parent.royaltyBps, terms.minimumRoyaltyBps)
        );
        uint256 maximum = _PARAMETER_STORE.get(_MAXIMUM_ROYALTY_SUM);
        require(parent.royaltyBps <= maximum, RoyaltiesTooHigh(parent.royaltyBps, maximum));
        return
            terms.derivatives != _DERIVATIVES_WITH_APPROVAL ||
            _MODEL_REGISTRY.ownerOf(parent.modelId) == msg.sender;
    }
}
