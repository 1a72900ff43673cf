// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title TrainingRewards
/// @notice "Training Rewards System" of ZIP-6, as published. What the sample leaves out is marked ADDED.
contract TrainingRewards {
    uint256 constant REWARD_PER_TRAINING = 0.001 ether;
    uint256 constant QUALITY_MULTIPLIER = 2;

    mapping(uint256 => uint256) public modelRewards;
    mapping(address => uint256) public userRewards;
    IERC721 public modelNFT;
    address public judge;

    event TrainingRewarded(uint256 modelId, uint256 reward);

    /// @notice ADDED: where models are, who judges quality, and the money that rewards are paid from.
    constructor(IERC721 modelNFT_, address judge_) {
        modelNFT = modelNFT_;
        judge = judge_;
    }

    /// @notice ADDED: the sample does not say how it is funded.
    function fund() external payable {}

    // ADDED to the sample's signature: no name for `trainingData`, which it does not read.
    function rewardTraining(uint256 modelId, bytes calldata, bytes calldata qualityProof) external {
        uint256 quality = verifyQuality(qualityProof);
        uint256 reward = REWARD_PER_TRAINING * quality / 100;

        modelRewards[modelId] += reward;
        userRewards[ownerOf(modelId)] += reward;

        emit TrainingRewarded(modelId, reward);
    }

    function claimRewards(uint256 modelId) external {
        require(ownerOf(modelId) == msg.sender, "Not owner");

        uint256 rewards = modelRewards[modelId];
        modelRewards[modelId] = 0;

        payable(msg.sender).transfer(rewards);
    }

    /// @notice ADDED: a quality that the judge signed. It is given the proof alone, so it can ask for no more.
    function verifyQuality(bytes calldata qualityProof) public view returns (uint256 quality) {
        bytes memory signature;
        (quality, signature) = abi.decode(qualityProof, (uint256, bytes));
        require(ECDSA.recover(keccak256(abi.encode(quality)), signature) == judge, "Not judged");
    }

    /// @notice ADDED: the owner of a model.
    function ownerOf(uint256 modelId) public view returns (address) {
        return modelNFT.ownerOf(modelId);
    }
}
