// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Pricing
/// @author mnft
/// @notice What a call costs: linear in usage, fixed or moving by the epoch.
interface IPricing {
    /// @notice What one or more calls used.
    /// @param calls How many calls.
    /// @param inputTokens Tokens read.
    /// @param outputTokens Tokens written.
    /// @param microMegapixels Millionths of a megapixel.
    /// @param steps Steps of computation.
    struct Usage {
        uint64 calls;
        uint64 inputTokens;
        uint64 outputTokens;
        uint64 microMegapixels;
        uint64 steps;
    }

    /// @notice A model's prices in the smallest unit of its currency, and the shares of a payment that it leaves to others.
    /// @param dynamic Whether the price level moves by the epoch.
    /// @param perCall Price of a call.
    /// @param perInputToken Price of a token read.
    /// @param perOutputToken Price of a token written.
    /// @param perMegapixel Price of a megapixel.
    /// @param perStep Price of a step.
    /// @param floorLevel The lowest level of a dynamic tariff (1e18 = 1).
    /// @param capLevel The highest level of a dynamic tariff.
    /// @param capacity Calls per epoch; the level aims at half of them.
    /// @param hostFeeBps The host's share of a payment.
    /// @param dataPoolBps The data providers' share of a payment.
    // solhint-disable-next-line gas-struct-packing
    struct Tariff {
        bool dynamic;
        uint128 perCall;
        uint128 perInputToken;
        uint128 perOutputToken;
        uint128 perMegapixel;
        uint128 perStep;
        uint128 floorLevel;
        uint128 capLevel;
        uint64 capacity;
        uint16 hostFeeBps;
        uint16 dataPoolBps;
    }

    /// @notice A model's prices are in another currency.
    /// @param modelId The model.
    /// @param currency Its token.
    event CurrencySet(uint256 indexed modelId, address indexed currency);

    /// @notice A model has a new tariff.
    /// @param modelId The model.
    /// @param fromEpoch The first epoch in which it holds.
    /// @param tariff The tariff.
    event TariffSet(uint256 indexed modelId, uint64 fromEpoch, Tariff tariff);

    /// @notice A model's price level for an epoch is fixed.
    /// @param modelId The model.
    /// @param epoch The epoch.
    /// @param level The level (1e18 = 1).
    /// @param used The calls settled in the epoch before.
    event PriceLevelSet(uint256 indexed modelId, uint64 indexed epoch, uint256 level, uint256 used);

    /// @notice The model has a tariff, or grants or sells access: its currency never changes any more.
    /// @param modelId The model.
    error CurrencyIsFixed(uint256 modelId);

    /// @notice The data pool exceeds what the protocol allows.
    /// @param bps The share refused.
    /// @param maximum The largest allowed.
    error DataPoolTooHigh(uint16 bps, uint16 maximum);

    /// @notice The epoch is in the future, or before the model's first tariff.
    /// @param modelId The model.
    /// @param epoch The epoch.
    error EpochNotQuotable(uint256 modelId, uint64 epoch);

    /// @notice The host fee exceeds what the protocol allows.
    /// @param bps The share refused.
    /// @param maximum The largest allowed.
    error HostFeeTooHigh(uint16 bps, uint16 maximum);

    /// @notice The host fee is below what governance asks for.
    /// @param bps The share refused.
    /// @param minimum The smallest allowed.
    error HostFeeTooLow(uint16 bps, uint256 minimum);

    /// @notice A dynamic tariff needs 0 < floor <= 1 <= cap and a capacity of at least 2.
    /// @param floorLevel The floor given.
    /// @param capLevel The cap given.
    /// @param capacity The capacity given.
    error InvalidBand(uint128 floorLevel, uint128 capLevel, uint64 capacity);

    /// @notice The model has no tariff.
    /// @param modelId The model.
    error NoTariff(uint256 modelId);

    /// @notice Chooses what a model is paid with, in place of MNFT, before its first tariff; only its owner may.
    /// @param modelId The model.
    /// @param currency A token that models may be priced in.
    function setCurrency(uint256 modelId, address currency) external;

    /// @notice Gives a model prices: the first at once, later ones from the next epoch on; only its owner may.
    /// @param modelId The model.
    /// @param tariff The prices.
    function setTariff(uint256 modelId, Tariff calldata tariff) external;

    /// @notice Fixes a dynamic tariff's level for the current epoch, if nobody has yet.
    /// @param modelId The model.
    function poke(uint256 modelId) external;

    /// @notice Counts calls that settled in the current epoch towards the next one's level; only the Gateway may.
    /// @param modelId The model.
    /// @param calls How many calls.
    function recordUsage(uint256 modelId, uint64 calls) external;

    /// @notice The price of a usage now, rounded up: nobody pays zero for a positive price.
    /// @param modelId The model.
    /// @param usage The usage.
    /// @return price In the smallest unit of the model's currency.
    function quote(uint256 modelId, Usage calldata usage) external view returns (uint256 price);

    /// @notice The price that `quote` gave in an epoch.
    /// @param modelId The model.
    /// @param usage The usage.
    /// @param epoch The epoch, from the model's first tariff to now.
    /// @return price In the smallest unit of the model's currency.
    function quoteAt(uint256 modelId, Usage calldata usage, uint64 epoch) external view returns (uint256 price);

    /// @notice What a model is, or will be, priced in.
    /// @param modelId The model.
    /// @return currency The token: MNFT's, unless its owner chose another.
    function currencyOf(uint256 modelId) external view returns (address currency);

    /// @notice What a model's calls are paid with: fixed, as the model has a tariff.
    /// @param modelId The model.
    /// @return currency The token.
    function fixedCurrencyOf(uint256 modelId) external view returns (address currency);

    /// @notice A model's tariff in the current epoch.
    /// @param modelId The model.
    /// @return tariff The tariff.
    function tariffOf(uint256 modelId) external view returns (Tariff memory tariff);

    /// @notice A model's price level in the current epoch, as `poke` would set it.
    /// @param modelId The model.
    /// @return level The level (1e18 = 1).
    function levelOf(uint256 modelId) external view returns (uint256 level);
}
