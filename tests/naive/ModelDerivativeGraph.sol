// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice ADDED: what the graph asks of AIModelRegistry.
interface IRegistry {
    struct ModelVersion {
        bytes32 weightsHash;
        string storageURI;
        uint256 parameterCount;
        string architecture;
        uint256 registeredAt;
        address creator;
        bool active;
    }

    function getVersion(uint256 modelId, uint256 versionId) external view returns (ModelVersion memory);
    function getCreator(uint256 modelId) external view returns (address);
}

/// @title ModelDerivativeGraph
/// @notice "Derivative graph" of "AI Model Tokenization System Development", as published. What the sample leaves out is marked ADDED.
contract ModelDerivativeGraph {
    struct DerivativeRelation {
        uint256 parentModelId;
        uint256 parentVersionId;
        uint256 royaltyBps; // basis points royalty for parent model
        bool requiresApproval; // approval needed from base model creator
        bool approved;
    }

    /// @notice ADDED: the field that `registerFineTune` reads.
    struct ParentModelConfig {
        bool requiresDerivativeApproval;
    }

    // childModelId => relation
    mapping(uint256 => DerivativeRelation) public derivatives;
    mapping(uint256 => ParentModelConfig) public parentModelConfig;
    IRegistry public registry;

    event DerivativeRegistered(uint256 childModelId, uint256 parentModelId);
    event DerivativeAwaitingApproval(uint256 childModelId, uint256 parentModelId, address creator);

    /// @notice ADDED: the sample does not say where its registry is.
    constructor(IRegistry registry_) {
        registry = registry_;
    }

    // Royalty registry: for each derivative model inference,
    // % goes to base model creator's address
    function registerFineTune(
        uint256 childModelId,
        uint256 parentModelId,
        uint256 parentVersionId,
        uint256 royaltyBps
    ) external {
        IRegistry.ModelVersion memory parent = registry.getVersion(parentModelId, parentVersionId);

        // If base model requires approval — set flag
        bool needsApproval = parentModelConfig[parentModelId].requiresDerivativeApproval;

        derivatives[childModelId] = DerivativeRelation({
            parentModelId: parentModelId,
            parentVersionId: parentVersionId,
            royaltyBps: royaltyBps,
            requiresApproval: needsApproval,
            approved: !needsApproval
        });

        if (!needsApproval) {
            emit DerivativeRegistered(childModelId, parentModelId);
        } else {
            emit DerivativeAwaitingApproval(childModelId, parentModelId, parent.creator);
        }
    }

    /// @notice ADDED: how a user's payment reaches the internal function below.
    function payForInference(uint256 modelId) external payable {
        distributeInferenceRevenue(modelId, msg.value);
    }

    function distributeInferenceRevenue(uint256 modelId, uint256 amount) internal {
        // Traverse the derivative tree and distribute royalties
        uint256 currentModel = modelId;
        uint256 remaining = amount;

        while (derivatives[currentModel].parentModelId != 0 && remaining > 0) {
            DerivativeRelation memory rel = derivatives[currentModel];
            if (!rel.approved) break;

            uint256 royalty = remaining * rel.royaltyBps / 10000;
            address parentCreator = registry.getCreator(rel.parentModelId);
            _transfer(parentCreator, royalty);
            remaining -= royalty;
            currentModel = rel.parentModelId;
        }

        // Remainder — leaf model creator
        _transfer(registry.getCreator(modelId), remaining);
    }

    /// @notice ADDED: pays in coin.
    function _transfer(address to, uint256 amount) private {
        payable(to).transfer(amount);
    }
}
