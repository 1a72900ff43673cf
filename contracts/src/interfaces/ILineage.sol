// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "./IModelRegistry.sol";

/// @title Lineage
/// @author mnft
/// @notice Which models a model descends from, and the royalties that it owes.
interface ILineage {
    /// @notice Who gets royalties out of what a model receives, fixed at deployment.
    enum RoyaltyRule {
        /// Each parent gets its share of all that its child receives, royalties included, and passes its own on.
        Edge,
        /// Each ancestor gets its share of what the model itself receives, once for every path that leads to it.
        Absolute,
        /// Each ancestor, the youngest first, gets its share of what the model has left.
        Leaf
    }

    /// @notice A version that a model descends from.
    /// @param modelId The parent model.
    /// @param version Its version.
    /// @param royaltyBps The share of what the child receives that goes to the parent, in basis points.
    struct Parent {
        uint256 modelId;
        uint32 version;
        uint16 royaltyBps;
    }

    /// @notice A model was born from another.
    /// @param childId The fork.
    /// @param parentId The model that it came from.
    /// @param parentVersion That model's version.
    /// @param royaltyBps The share that the parent gets, in basis points.
    /// @param approved Whether it is active at once; if not, it waits for the parent's owner.
    event Forked(
        uint256 indexed childId,
        uint256 indexed parentId,
        uint32 parentVersion,
        uint16 royaltyBps,
        bool approved
    );

    /// @notice A parent's owner approved a child: it is active once no parent's approval is missing.
    /// @param childId The child.
    /// @param parentId The parent.
    event ChildApproved(uint256 indexed childId, uint256 indexed parentId);

    /// @notice A model was born from several; one ParentMerged for each of them came before.
    /// @param childId The merged model.
    /// @param parents How many it came from.
    event Merged(uint256 indexed childId, uint256 parents);

    /// @notice A model was born from several, and this is one of them.
    /// @param childId The merged model.
    /// @param parentId The model that it came from.
    /// @param parentVersion That model's version.
    /// @param royaltyBps The share that the parent gets, in basis points.
    /// @param approved Whether the parent's owner needs to approve no more.
    event ParentMerged(
        uint256 indexed childId,
        uint256 indexed parentId,
        uint32 parentVersion,
        uint16 royaltyBps,
        bool approved
    );

    /// @notice The parent version's licence allows no derivatives.
    /// @param parentId The parent.
    error DerivativesForbidden(uint256 parentId);

    /// @notice A merge names a model twice.
    /// @param parentId The model.
    error DuplicateParent(uint256 parentId);

    /// @notice The merged model's licence allows what a parent version's does not.
    /// @param parentId The parent.
    /// @param licenceId The licence that the merged model would have.
    /// @param reason What it allows: 1 commercial use, 2 a territory, 3 a use case, 4 derivatives, 5 no attribution.
    error LicenceAllowsMore(uint256 parentId, uint256 licenceId, uint8 reason);

    /// @notice The child would have too many generations above it.
    /// @param depth How many.
    /// @param maximum The most that are allowed.
    error LineageTooDeep(uint256 depth, uint256 maximum);

    /// @notice The model does not wait for approval.
    /// @param childId The model.
    error NotPending(uint256 childId);

    /// @notice A merge has two to eight parents.
    /// @param count How many were named.
    /// @param minimum The fewest.
    /// @param maximum The most.
    error ParentCountInvalid(uint256 count, uint256 minimum, uint256 maximum);

    /// @notice The licence asks its users for less than a parent version's, whose policy binds derivatives.
    /// @param parentId The parent.
    /// @param licenceId The licence that the child would have.
    /// @param reason What it asks less of: 4 attestation, 5 limit, 6 consent, 8 that derivatives are bound in turn.
    error PolicyLoosened(uint256 parentId, uint256 licenceId, uint8 reason);

    /// @notice The parents would take more than governance allows.
    /// @param sum What they would take, in basis points.
    /// @param maximum The most that they may.
    error RoyaltiesTooHigh(uint256 sum, uint256 maximum);

    /// @notice The parent version's licence asks for more.
    /// @param parentId The parent.
    /// @param royaltyBps The royalty offered.
    /// @param minimum The least that the licence accepts.
    error RoyaltyBelowMinimum(uint256 parentId, uint16 royaltyBps, uint16 minimum);

    /// @notice All ancestors together would take more than there is.
    /// @param stack What they would take, in basis points, each path counted.
    /// @param maximum The whole.
    error RoyaltyStackTooHigh(uint256 stack, uint256 maximum);

    /// @notice The child would descend from too many models.
    /// @param count How many.
    /// @param maximum The most that are allowed.
    error TooManyAncestors(uint256 count, uint256 maximum);

    /// @notice Nothing descends from a deprecated version any more.
    /// @param modelId The parent.
    /// @param version Its version.
    error VersionIsDeprecated(uint256 modelId, uint32 version);

    /// @notice Registers a model of the caller that descends from a version of another.
    /// @param parent The version, and the royalty that its model will get.
    /// @param registration The new model.
    /// @return childId Its number.
    function fork(
        Parent calldata parent,
        IModelRegistry.Registration calldata registration
    ) external returns (uint256 childId);

    /// @notice Registers a model of the caller that descends from versions of several others.
    /// @dev A model may be merged with an ancestor of its own.
    /// @param parents Two to eight versions of different models, and the royalties that their models will get.
    /// @param registration The new model; its licence may allow no more than each parent version's, now and later.
    /// @return childId Its number.
    function merge(
        Parent[] calldata parents,
        IModelRegistry.Registration calldata registration
    ) external returns (uint256 childId);

    /// @notice Approves a child for each of its parents that the caller owns; with the last approval it is active.
    /// @param childId The child.
    function approveChild(uint256 childId) external;

    /// @notice Reverts where a model may have no version under a licence, for what its parents' licences ask.
    /// @param modelId The model.
    /// @param licenceId The licence.
    function requireLicence(uint256 modelId, uint256 licenceId) external view;

    /// @notice A model's parents.
    /// @param modelId The model.
    /// @return parents One for a fork, two to eight for a merged model, else none.
    function parentsOf(uint256 modelId) external view returns (Parent[] memory parents);

    /// @notice The parents whose owners have yet to approve a model.
    /// @param modelId The model.
    /// @return parentIds The parents, in the order in which they were named.
    function awaitingOf(uint256 modelId) external view returns (uint256[] memory parentIds);

    /// @notice The models that a model descends from.
    /// @param modelId The model.
    /// @return ancestors Each once, the youngest first.
    function ancestorsOf(uint256 modelId) external view returns (uint256[] memory ancestors);

    /// @notice Who gets royalties when a model's revenue is distributed, in this order.
    /// @param modelId The model.
    /// @return payees Its parents, or all its ancestors, as the royalty rule says.
    /// @return sharesBps What each gets, in basis points.
    function royaltiesOf(uint256 modelId)
        external
        view
        returns (uint256[] memory payees, uint16[] memory sharesBps);

    /// @notice The number of generations above a model.
    /// @param modelId The model.
    /// @return depth 0 for one without parents, else one more than its deepest parent's.
    function depthOf(uint256 modelId) external view returns (uint256 depth);

    /// @notice Whether a model is registered and awaits no approval.
    /// @param modelId The model.
    /// @return active Whether it may be called, forked and merged.
    function isActive(uint256 modelId) external view returns (bool active);

    /// @notice Who gets royalties out of what.
    /// @return rule The rule of this deployment.
    function royaltyRule() external view returns (RoyaltyRule rule);
}
