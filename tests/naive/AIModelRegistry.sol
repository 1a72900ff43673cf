// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @notice ADDED: what `checkAccess` asks of a vault.
interface IStakingVault {
    function stakedBalance(address user, address token) external view returns (uint256);
}

/// @title AIModelRegistry
/// @notice "Weight storage" and "Token gating" of "AI Model Tokenization System Development", as published. What the sample leaves out is marked ADDED.
contract AIModelRegistry {
    struct ModelVersion {
        bytes32 weightsHash; // SHA-256 hash of checkpoint file
        string storageURI; // ipfs://... or ar://...
        uint256 parameterCount; // number of parameters (for pricing)
        string architecture; // "llama-3-8b", "stable-diffusion-xl"
        uint256 registeredAt;
        address creator;
        bool active;
    }

    struct InferenceToken {
        uint256 modelId;
        uint256 versionId;
        uint256 callsRemaining; // call limit
        uint256 expiresAt; // time limit
        bool transferable;
        address holder;
    }

    /// @notice ADDED: the fields that `checkAccess` reads.
    struct AccessPolicy {
        address requiredNFT;
        uint256 nftHolderMonthlyCallLimit;
        uint256 requiredStake;
        address stakeToken;
        uint256 callsPerStakeUnit;
    }

    mapping(uint256 => ModelVersion[]) public modelVersions;
    mapping(uint256 => InferenceToken) public inferenceTokens;
    mapping(uint256 => AccessPolicy) public accessPolicies;
    mapping(uint256 => mapping(address => uint256)) public userInferenceTokens;
    IStakingVault public stakingVault;

    uint256 private _modelCounter;
    uint256 private _tokenCounter;

    event ModelRegistered(uint256 indexed modelId, address creator, bytes32 weightsHash);
    event InferenceTokenMinted(uint256 indexed tokenId, uint256 modelId, address holder);

    function registerModel(
        bytes32 weightsHash,
        string calldata storageURI,
        uint256 parameterCount,
        string calldata architecture
    ) external returns (uint256 modelId) {
        modelId = ++_modelCounter;
        modelVersions[modelId].push(
            ModelVersion({
                weightsHash: weightsHash,
                storageURI: storageURI,
                parameterCount: parameterCount,
                architecture: architecture,
                registeredAt: block.timestamp,
                creator: msg.sender,
                active: true
            })
        );
        emit ModelRegistered(modelId, msg.sender, weightsHash);
    }

    function mintInferenceAccess(uint256 modelId, uint256 calls, uint256 duration, bool transferable, address recipient)
        external
        payable
        returns (uint256 tokenId)
    {
        uint256 price = _calculatePrice(modelId, calls, duration);
        require(msg.value >= price, "Insufficient payment");

        tokenId = ++_tokenCounter;
        inferenceTokens[tokenId] = InferenceToken({
            modelId: modelId,
            versionId: modelVersions[modelId].length - 1,
            callsRemaining: calls,
            expiresAt: block.timestamp + duration,
            transferable: transferable,
            holder: recipient
        });

        emit InferenceTokenMinted(tokenId, modelId, recipient);
    }

    /// @notice ADDED: the sample has no function that sets a policy.
    function setAccessPolicy(uint256 modelId, AccessPolicy calldata policy) external {
        accessPolicies[modelId] = policy;
    }

    /// @notice ADDED: what a gateway asks before it serves, and nothing more.
    function admit(uint256 modelId, address user) external view returns (uint256 remainingCalls) {
        bool allowed;
        (allowed, remainingCalls) = checkAccess(modelId, user);
        require(allowed && remainingCalls > 0, "No access");
    }

    /// @notice ADDED: who registered a model, which ModelDerivativeGraph asks for.
    function getCreator(uint256 modelId) external view returns (address) {
        return modelVersions[modelId][0].creator;
    }

    /// @notice ADDED: a version, which ModelDerivativeGraph asks for.
    function getVersion(uint256 modelId, uint256 versionId) external view returns (ModelVersion memory) {
        return modelVersions[modelId][versionId];
    }

    function checkAccess(uint256 modelId, address user) public view returns (bool, uint256 remainingCalls) {
        AccessPolicy memory policy = accessPolicies[modelId];

        // ERC-721 token gate
        if (policy.requiredNFT != address(0)) {
            if (IERC721(policy.requiredNFT).balanceOf(user) > 0) {
                return (true, policy.nftHolderMonthlyCallLimit);
            }
        }

        // ERC-20 staking gate
        if (policy.requiredStake > 0) {
            uint256 staked = stakingVault.stakedBalance(user, policy.stakeToken);
            if (staked >= policy.requiredStake) {
                uint256 calls = (staked / policy.requiredStake) * policy.callsPerStakeUnit;
                return (true, calls);
            }
        }

        // Paid access via inference tokens
        uint256 tokenId = userInferenceTokens[modelId][user];
        if (tokenId != 0) {
            InferenceToken memory token = inferenceTokens[tokenId];
            if (token.callsRemaining > 0 && block.timestamp < token.expiresAt) {
                return (true, token.callsRemaining);
            }
        }

        return (false, 0);
    }

    /// @notice ADDED: a thousandth of a coin per call, whatever the model and the duration.
    function _calculatePrice(uint256, uint256 calls, uint256) private pure returns (uint256) {
        return calls * 0.001 ether;
    }
}
