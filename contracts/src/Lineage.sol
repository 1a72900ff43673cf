// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ModelNotActive, NotModelOwner} from "./interfaces/Errors.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {ILineage} from "./interfaces/ILineage.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IPolicies} from "./interfaces/IPolicies.sol";
import {IRights} from "./interfaces/IRights.sol";
import {Ancestry} from "./libraries/Ancestry.sol";

/// @title Lineage
/// @author mnft
/// @notice The family tree of models. Parents are fixed at birth and are older than their child, so there are no cycles.
contract Lineage is ILineage {
    // A set bit of `awaiting` is a parent, by its place, whose owner has yet to approve.
    struct Birth {
        uint8 depth;
        uint8 awaiting;
        Parent[] parents;
        uint64[] ancestors;
    }

    uint8 private constant _DERIVATIVES_FORBIDDEN = 0;
    uint8 private constant _DERIVATIVES_WITH_APPROVAL = 1;
    uint256 private constant _BPS = 10_000;
    uint256 private constant _MAXIMUM_DEPTH = 16;
    uint256 private constant _MAXIMUM_ANCESTORS = 64;
    uint256 private constant _FEWEST_MERGED = 2;
    uint256 private constant _MOST_MERGED = 8;
    bytes32 private constant _MAXIMUM_ROYALTY_SUM = "maximumRoyaltySumBps";

    IParameterStore private immutable _PARAMETER_STORE;
    ILicences private immutable _LICENCES;
    IModelRegistry private immutable _MODEL_REGISTRY;
    IPolicies private immutable _POLICIES;
    IRights private immutable _RIGHTS;
    RoyaltyRule private immutable _ROYALTY_RULE;

    // Models without parents have none.
    mapping(uint256 modelId => Birth birth) private _births;

    /// @notice Fixes who the lineage works with, and who gets royalties.
    /// @param parameterStore Where governed numbers are.
    /// @param licences Where licences are.
    /// @param modelRegistry Where models are.
    /// @param policies What licences ask of users, and so of derivatives.
    /// @param rights Where fine-tune rights are.
    /// @param rule Who gets royalties out of what.
    constructor(
        IParameterStore parameterStore,
        ILicences licences,
        IModelRegistry modelRegistry,
        IPolicies policies,
        IRights rights,
        RoyaltyRule rule
    ) {
        _PARAMETER_STORE = parameterStore;
        _LICENCES = licences;
        _MODEL_REGISTRY = modelRegistry;
        _POLICIES = policies;
        _RIGHTS = rights;
        _ROYALTY_RULE = rule;
    }

    /// @inheritdoc ILineage
    function fork(
        Parent calldata parent,
        IModelRegistry.Registration calldata registration
    ) external returns (uint256 childId) {
        (bool approved, uint256 parentLicenceId) = _requireUsable(parent);
        _requireKept(parent.modelId, parentLicenceId, registration.licenceId, false);
        Parent[] memory parents = new Parent[](1);
        parents[0] = parent;

        childId = _bear(parents, approved ? 0 : 1, registration);
        emit Forked(childId, parent.modelId, parent.version, parent.royaltyBps, approved);
    }

    /// @inheritdoc ILineage
    function merge(
        Parent[] calldata parents,
        IModelRegistry.Registration calldata registration
    ) external returns (uint256 childId) {
        uint256 count = parents.length;
        require(
            count >= _FEWEST_MERGED && count <= _MOST_MERGED,
            ParentCountInvalid(count, _FEWEST_MERGED, _MOST_MERGED)
        );
        uint8 awaiting = 0;
        for (uint256 i = 0; i < count; ++i) {
            if (!_requireMergeable(parents, i, registration.licenceId)) awaiting |= uint8(1 << i);
        }

        childId = _bear(parents, awaiting, registration);
        for (uint256 i = 0; i < count; ++i) {
            Parent calldata parent = parents[i];
            bool approved = (awaiting >> i) & 1 == 0;
            emit ParentMerged(childId, parent.modelId, parent.version, parent.royaltyBps, approved);
        }
        emit Merged(childId, count);
    }

    /// @inheritdoc ILineage
    function approveChild(uint256 childId) external {
        Birth storage birth = _births[childId];
        uint8 awaiting = birth.awaiting;
        require(awaiting != 0, NotPending(childId));

        uint8 left = awaiting;
        uint256 foreign = 0;
        for (uint256 i = 0; i < birth.parents.length; ++i) {
            if ((awaiting >> i) & 1 == 0) continue;
            uint256 parentId = birth.parents[i].modelId;
            if (_MODEL_REGISTRY.ownerOf(parentId) == msg.sender) {
                left ^= uint8(1 << i);
                emit ChildApproved(childId, parentId);
            } else if (foreign == 0) {
                foreign = parentId;
            }
        }
        require(left != awaiting, NotModelOwner(foreign, msg.sender));
        birth.awaiting = left;
    }

    /// @inheritdoc ILineage
    function requireLicence(uint256 modelId, uint256 licenceId) external view {
        Parent[] storage parents = _births[modelId].parents;
        uint256 count = parents.length;
        for (uint256 i = 0; i < count; ++i) {
            Parent storage parent = parents[i];
            uint256 parentLicenceId = _MODEL_REGISTRY.licenceOf(parent.modelId, parent.version);
            _requireKept(parent.modelId, parentLicenceId, licenceId, count > 1);
        }
    }

    /// @inheritdoc ILineage
    function parentsOf(uint256 modelId) external view returns (Parent[] memory parents) {
        return _births[modelId].parents;
    }

    /// @inheritdoc ILineage
    function awaitingOf(uint256 modelId) external view returns (uint256[] memory parentIds) {
        Birth storage birth = _births[modelId];
        uint256 count = 0;
        parentIds = new uint256[](birth.parents.length);
        for (uint256 i = 0; i < birth.parents.length; ++i) {
            if ((birth.awaiting >> i) & 1 == 1) parentIds[count++] = birth.parents[i].modelId;
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(parentIds, count)
        }
    }

    /// @inheritdoc ILineage
    function ancestorsOf(uint256 modelId) external view returns (uint256[] memory ancestors) {
        uint64[] memory entries = _births[modelId].ancestors;
        ancestors = new uint256[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            ancestors[i] = Ancestry.modelOf(entries[i]);
        }
    }

    /// @inheritdoc ILineage
    function royaltiesOf(uint256 modelId)
        external
        view
        returns (uint256[] memory payees, uint16[] memory sharesBps)
    {
        Birth storage birth = _births[modelId];
        bool isEdge = _ROYALTY_RULE == RoyaltyRule.Edge;
        uint256 count = isEdge ? birth.parents.length : birth.ancestors.length;
        payees = new uint256[](count);
        sharesBps = new uint16[](count);
        for (uint256 i = 0; i < count; ++i) {
            if (isEdge) {
                payees[i] = birth.parents[i].modelId;
                sharesBps[i] = birth.parents[i].royaltyBps;
            } else {
                payees[i] = Ancestry.modelOf(birth.ancestors[i]);
                // No share exceeds the whole: the stack does not, and no single royalty.
                sharesBps[i] = uint16(Ancestry.shareOf(birth.ancestors[i]));
            }
        }
    }

    /// @inheritdoc ILineage
    function depthOf(uint256 modelId) external view returns (uint256 depth) {
        return _births[modelId].depth;
    }

    /// @inheritdoc ILineage
    function isActive(uint256 modelId) external view returns (bool active) {
        return _MODEL_REGISTRY.latestVersion(modelId) != 0 && _births[modelId].awaiting == 0;
    }

    /// @inheritdoc ILineage
    function royaltyRule() external view returns (RoyaltyRule rule) {
        return _ROYALTY_RULE;
    }

    function _bear(
        Parent[] memory parents,
        uint8 awaiting,
        IModelRegistry.Registration calldata registration
    ) private returns (uint256 childId) {
        uint256 depth = _requireRoom(parents);
        uint64[] memory ancestors = _requireAncestors(parents);

        // The registry calls nobody back, so the child's number may be learnt before it is used.
        childId = _MODEL_REGISTRY.registerFor(msg.sender, registration);
        Birth storage birth = _births[childId];
        birth.depth = uint8(depth);
        birth.awaiting = awaiting;
        birth.ancestors = ancestors;
        for (uint256 i = 0; i < parents.length; ++i) {
            birth.parents.push(parents[i]);
        }
    }

    // The child's depth.
    function _requireRoom(Parent[] memory parents) private view returns (uint256 depth) {
        uint256 sum = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            sum += parents[i].royaltyBps;
            uint256 below = uint256(_births[parents[i].modelId].depth) + 1;
            if (below > depth) depth = below;
        }
        uint256 maximum = _PARAMETER_STORE.get(_MAXIMUM_ROYALTY_SUM);
        require(sum <= maximum, RoyaltiesTooHigh(sum, maximum));
        require(depth <= _MAXIMUM_DEPTH, LineageTooDeep(depth, _MAXIMUM_DEPTH));
    }

    // Shares add up over paths under the absolute rule; of a leaf's rest an ancestor gets the highest that was agreed.
    function _requireAncestors(Parent[] memory parents) private view returns (uint64[] memory ancestors) {
        bool isAbsolute = _ROYALTY_RULE == RoyaltyRule.Absolute;
        for (uint256 i = 0; i < parents.length; ++i) {
            uint256 parentId = parents[i].modelId;
            uint64[] memory line = Ancestry.lineOf(parentId, parents[i].royaltyBps, _births[parentId].ancestors);
            ancestors = Ancestry.join(ancestors, line, isAbsolute);
        }
        uint256 count = ancestors.length;
        require(count <= _MAXIMUM_ANCESTORS, TooManyAncestors(count, _MAXIMUM_ANCESTORS));
        if (isAbsolute) {
            uint256 stack = Ancestry.stackOf(ancestors);
            require(stack <= _BPS, RoyaltyStackTooHigh(stack, _BPS));
        }
    }

    function _requireMergeable(
        Parent[] calldata parents,
        uint256 place,
        uint256 licenceId
    ) private returns (bool approved) {
        Parent calldata parent = parents[place];
        for (uint256 i = 0; i < place; ++i) {
            require(parents[i].modelId != parent.modelId, DuplicateParent(parent.modelId));
        }
        uint256 parentLicenceId = 0;
        (approved, parentLicenceId) = _requireUsable(parent);
        _requireKept(parent.modelId, parentLicenceId, licenceId, true);
    }

    // A merged model's licence allows no more than a parent's; a policy that binds derivatives holds for forks, too.
    function _requireKept(
        uint256 parentId,
        uint256 parentLicenceId,
        uint256 licenceId,
        bool isMerged
    ) private view {
        if (isMerged) {
            uint8 more = _LICENCES.exceeds(licenceId, parentLicenceId);
            require(more == 0, LicenceAllowsMore(parentId, licenceId, more));
        }
        uint8 less = _POLICIES.loosens(licenceId, parentLicenceId);
        require(less == 0, PolicyLoosened(parentId, licenceId, less));
    }

    // Whether the parent's owner approves at birth: the licence asks for no approval, the caller is the owner, or it has
    // a fine-tune right, which is an approval given ahead and is used up.
    function _requireUsable(Parent calldata parent) private returns (bool approved, uint256 licenceId) {
        licenceId = _MODEL_REGISTRY.licenceOf(parent.modelId, parent.version);
        require(
            _MODEL_REGISTRY.isServable(parent.modelId, parent.version),
            VersionIsDeprecated(parent.modelId, parent.version)
        );
        require(_births[parent.modelId].awaiting == 0, ModelNotActive(parent.modelId));

        ILicences.Terms memory terms = _LICENCES.termsOf(licenceId);
        require(terms.derivatives != _DERIVATIVES_FORBIDDEN, DerivativesForbidden(parent.modelId));
        require(
            parent.royaltyBps >= terms.minimumRoyaltyBps,
            RoyaltyBelowMinimum(parent.modelId, parent.royaltyBps, terms.minimumRoyaltyBps)
        );
        approved =
            terms.derivatives != _DERIVATIVES_WITH_APPROVAL ||
            _MODEL_REGISTRY.ownerOf(parent.modelId) == msg.sender ||
            _RIGHTS.useFineTune(parent.modelId, msg.sender);
    }
}
