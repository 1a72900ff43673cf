// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title InferencePricing
/// @notice "Dynamic pricing" of "AI Model Tokenization System Development", as published. What the sample leaves out is marked ADDED.
contract InferencePricing {
    struct PricingConfig {
        uint256 basePricePerCall; // base price per call
        uint256 pricePerInputToken; // for LLM: price per input token
        uint256 pricePerOutputToken; // for LLM: price per output token
        uint256 pricePerMegapixel; // for image models
        uint256 currency; // 0=native, 1=USDC, 2=USDT
        uint256 creatorShareBps; // creator share from revenue
        uint256 platformShareBps; // platform share
    }

    mapping(uint256 => PricingConfig) public modelPricing;

    /// @notice ADDED: the sample has no function that sets a price.
    function setPricing(uint256 modelId, PricingConfig calldata config) external {
        modelPricing[modelId] = config;
    }

    function estimateCallCost(
        uint256 modelId,
        uint256 inputTokens,
        uint256 expectedOutputTokens,
        uint256 imageWidth,
        uint256 imageHeight
    ) external view returns (uint256 totalCost) {
        PricingConfig memory config = modelPricing[modelId];

        totalCost = config.basePricePerCall;
        totalCost += inputTokens * config.pricePerInputToken;
        totalCost += expectedOutputTokens * config.pricePerOutputToken;

        if (imageWidth > 0 && imageHeight > 0) {
            uint256 megapixels = (imageWidth * imageHeight) / 1_000_000;
            totalCost += megapixels * config.pricePerMegapixel;
        }
    }
}
