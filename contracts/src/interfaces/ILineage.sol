// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "./IModelRegistry.sol";

/// @title Lineage
/// @author mnft
/// @notice Which model a model was forked from, and the royalty that it owes.
interface ILineage {
    /// @notice A version that a model was forked from.
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

    /// @notice The parent's owner approved a fork: it is active from now on.
    /// @param childId The fork.
    /// @param parentId The model that it came from.
    event ChildApproved(uint256 indexed childId, uint256 indexed parentId);

    /// @notice The parent version's licence allows no derivatives.
    /// @param parentId The parent.
    error DerivativesForbidden(uint256 parentId);

    /// @notice The child would have too many generations above it.
    /// @param depth How many.
    /// @param maximum The most that are allowed.
    error LineageTooDeep(uint256 depth, uint256 maximum);

    /// @notice The model does not wait for approval.
    /// @param childId The model.
    error NotPending(uint256 childId);

    /// @notice The parents would take more than governance allows.
    /// @param sum What they would take, in basis points.
    /// @param maximum The most that they may.
    error RoyaltiesTooHigh(uint256 sum, uint256 maximum);

    /// @notice The parent version's licence asks for more.
    /// @param parentId The parent.
    /// @param royaltyBps The royalty offered.
    /// @param minimum The least that the licence accepts.
    error RoyaltyBelowMinimum(uint256 parentId, uint16 royaltyBps, uint16 minimum);

    /// @notice A deprecated version cannot be forked.
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

    /// @notice Makes a fork active; only the owner of its parent may.
    /// @param childId The fork.
    function approveChild(uint256 childId) external;

    /// @notice A model's parents.
    /// @param modelId The model.
    /// @return parents One for a fork, else none.
    function parentsOf(uint256 modelId) external view returns (Parent[] memory parents);

    /// @notice The models that a model descends from.
    /// @param modelId The model.
    /// @return ancestors Each once, the nearest first.
    function ancestorsOf(uint256 modelId) external view returns (uint256[] memory ancestors);

    /// @notice The number of generations above a model.
    /// @param modelId The model.
    /// @return depth 0 for one that is no fork.
    function depthOf(uint256 modelId) external view returns (uint256 depth);

    /// @notice Whether a model is registered and does not wait for approval.
    /// @param modelId The model.
    /// @return active Whether it may be called and forked.
    function isActive(uint256 modelId) external view returns (bool active);
}
