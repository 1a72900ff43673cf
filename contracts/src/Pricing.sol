// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {NotModelOwner, OnlyGateway} from "./interfaces/Errors.sol";
import {IAccess} from "./interfaces/IAccess.sol";
import {IGateway} from "./interfaces/IGateway.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPaymentChannels} from "./interfaces/IPaymentChannels.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IPricing} from "./interfaces/IPricing.sol";

/// @title Pricing
/// @author mnft
/// @notice What a call costs, at any epoch since a model's first tariff. Tariffs and levels are kept by the epoch in
/// which they began: a price never changes under a call already made.
contract Pricing is IPricing {
    // The step is governance's when the level was fixed: it moves the next one, whenever that is asked for.
    struct Level {
        uint128 level;
        uint64 used;
        uint16 stepBps;
    }

    struct History {
        address currency; // Zero for MNFT.
        uint64[] tariffEpochs;
        mapping(uint64 epoch => Tariff tariff) tariffs;
        uint64[] levelEpochs;
        mapping(uint64 epoch => Level level) levels;
    }

    uint256 private constant _BPS = 10_000;
    uint256 private constant _PPM = 1_000_000;
    uint128 private constant _WAD = 1e18;
    uint16 private constant _MAXIMUM_HOST_FEE_BPS = 6_000;
    uint16 private constant _MAXIMUM_DATA_POOL_BPS = 3_000;
    bytes32 private constant _PRICE_STEP = "priceStepBps";
    bytes32 private constant _MINIMUM_HOST_FEE = "minimumHostFeeBps";

    address private immutable _TOKEN;
    IParameterStore private immutable _PARAMETER_STORE;
    IModelRegistry private immutable _MODEL_REGISTRY;
    IGateway private immutable _GATEWAY;
    IAccess private immutable _ACCESS;
    uint256 private immutable _EPOCH_SECONDS;

    mapping(uint256 modelId => History history) private _histories;

    /// @notice Fixes who prices are for, and the length of an epoch.
    /// @param token What models are priced in, unless their owners choose otherwise: MNFT.
    /// @param parameterStore Where governed numbers are.
    /// @param modelRegistry Where models are.
    /// @param gateway The only account that may record usage; it knows the currencies.
    /// @param access Who knows whether a model grants or sells access.
    /// @param epochSeconds The length of an epoch.
    constructor(
        address token,
        IParameterStore parameterStore,
        IModelRegistry modelRegistry,
        IGateway gateway,
        IAccess access,
        uint256 epochSeconds
    ) {
        _TOKEN = token;
        _PARAMETER_STORE = parameterStore;
        _MODEL_REGISTRY = modelRegistry;
        _GATEWAY = gateway;
        _ACCESS = access;
        _EPOCH_SECONDS = epochSeconds;
    }

    /// @inheritdoc IPricing
    function setCurrency(uint256 modelId, address currency) external {
        require(_MODEL_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        History storage history = _histories[modelId];
        // Whoever has access that was granted or paid ahead got it in MNFT.
        bool isFixed = history.tariffEpochs.length > 0 || _ACCESS.isManaged(modelId);
        require(!isFixed, CurrencyIsFixed(modelId));
        require(_GATEWAY.revenueOf(currency) != address(0), IPaymentChannels.UnknownCurrency(currency));

        history.currency = currency;
        emit CurrencySet(modelId, currency);
    }

    /// @inheritdoc IPricing
    function setTariff(uint256 modelId, Tariff calldata tariff) external {
        require(_MODEL_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        _requireValid(tariff);

        History storage history = _histories[modelId];
        uint64 epoch = _currentEpoch();
        (bool found, Tariff storage current) = _tariffAt(history, epoch);
        uint64 fromEpoch = found ? epoch + 1 : epoch;
        _start(history.tariffEpochs, fromEpoch);
        history.tariffs[fromEpoch] = tariff;
        if (tariff.dynamic && !(found && current.dynamic)) {
            _start(history.levelEpochs, fromEpoch);
            history.levels[fromEpoch] = Level(_WAD, 0, _stepBps());
        }
        emit TariffSet(modelId, fromEpoch, tariff);
    }

    /// @inheritdoc IPricing
    function poke(uint256 modelId) external {
        uint64 epoch = _currentEpoch();
        History storage history = _histories[modelId];
        Tariff storage tariff = _requireTariffAt(modelId, epoch);
        if (tariff.dynamic) _poke(modelId, history, tariff, epoch);
    }

    /// @inheritdoc IPricing
    function recordUsage(uint256 modelId, uint64 calls) external {
        require(msg.sender == address(_GATEWAY), OnlyGateway(msg.sender));
        uint64 epoch = _currentEpoch();
        History storage history = _histories[modelId];
        Tariff storage tariff = _requireTariffAt(modelId, epoch);
        if (!tariff.dynamic) return;

        _poke(modelId, history, tariff, epoch);
        Level storage level = history.levels[epoch];
        // Use beyond the capacity moves the level no further: the count may stop at its type's end.
        level.used = uint64(Math.min(uint256(level.used) + calls, type(uint64).max));
    }

    /// @inheritdoc IPricing
    function quote(uint256 modelId, Usage calldata usage) external view returns (uint256 price) {
        uint64 epoch = _currentEpoch();
        Tariff storage tariff = _requireTariffAt(modelId, epoch);
        return _price(tariff, _levelAt(_histories[modelId], tariff, epoch), usage);
    }

    /// @inheritdoc IPricing
    function quoteAt(uint256 modelId, Usage calldata usage, uint64 epoch) external view returns (uint256 price) {
        History storage history = _histories[modelId];
        (bool found, Tariff storage tariff) = _tariffAt(history, epoch);
        require(found && epoch <= _currentEpoch(), EpochNotQuotable(modelId, epoch));
        return _price(tariff, _levelAt(history, tariff, epoch), usage);
    }

    /// @inheritdoc IPricing
    function currencyOf(uint256 modelId) external view returns (address currency) {
        return _currencyOf(modelId);
    }

    /// @inheritdoc IPricing
    function fixedCurrencyOf(uint256 modelId) external view returns (address currency) {
        require(_histories[modelId].tariffEpochs.length > 0, NoTariff(modelId));
        return _currencyOf(modelId);
    }

    /// @inheritdoc IPricing
    function tariffOf(uint256 modelId) external view returns (Tariff memory tariff) {
        return _requireTariffAt(modelId, _currentEpoch());
    }

    /// @inheritdoc IPricing
    function levelOf(uint256 modelId) external view returns (uint256 level) {
        uint64 epoch = _currentEpoch();
        return _levelAt(_histories[modelId], _requireTariffAt(modelId, epoch), epoch);
    }

    function _poke(uint256 modelId, History storage history, Tariff storage tariff, uint64 epoch) private {
        uint64[] storage epochs = history.levelEpochs;
        if (epochs[epochs.length - 1] == epoch) return;

        uint256 used = history.levels[epoch - 1].used;
        uint256 level = _levelAt(history, tariff, epoch);
        _start(epochs, epoch);
        history.levels[epoch] = Level(uint128(level), 0, _stepBps()); // A level's band has 128 bits.
        emit PriceLevelSet(modelId, epoch, level, used);
    }

    function _start(uint64[] storage epochs, uint64 epoch) private {
        uint256 length = epochs.length;
        if (length == 0 || epochs[length - 1] != epoch) epochs.push(epoch);
    }

    function _currencyOf(uint256 modelId) private view returns (address currency) {
        currency = _histories[modelId].currency;
        if (currency == address(0)) currency = _TOKEN;
    }

    function _currentEpoch() private view returns (uint64 epoch) {
        return uint64(block.timestamp / _EPOCH_SECONDS);
    }

    function _requireTariffAt(uint256 modelId, uint64 epoch) private view returns (Tariff storage tariff) {
        bool found;
        (found, tariff) = _tariffAt(_histories[modelId], epoch);
        require(found, NoTariff(modelId));
    }

    function _tariffAt(
        History storage history,
        uint64 epoch
    ) private view returns (bool found, Tariff storage tariff) {
        uint64 begun;
        (found, begun) = _lastUntil(history.tariffEpochs, epoch);
        tariff = history.tariffs[begun];
    }

    function _levelAt(History storage history, Tariff storage tariff, uint64 epoch) private view returns (uint256) {
        if (!tariff.dynamic) return _WAD;
        (, uint64 begun) = _lastUntil(history.levelEpochs, epoch);
        Level memory last = history.levels[begun];
        if (begun == epoch) return last.level;

        // Only the last closed epoch moves the level: one that nobody poked counts as unused.
        (, Tariff storage closed) = _tariffAt(history, epoch - 1);
        uint256 moved = _step(
            last.level,
            begun == epoch - 1 ? last.used : 0,
            closed.capacity / 2,
            last.stepBps
        );
        return Math.min(Math.max(moved, tariff.floorLevel), tariff.capLevel);
    }

    // At most the whole.
    function _stepBps() private view returns (uint16 stepBps) {
        return uint16(_PARAMETER_STORE.get(_PRICE_STEP));
    }

    function _price(
        Tariff storage tariff,
        uint256 level,
        Usage calldata usage
    ) private view returns (uint256 price) {
        uint256 units = uint256(tariff.perCall) * usage.calls;
        units += uint256(tariff.perInputToken) * usage.inputTokens;
        units += uint256(tariff.perOutputToken) * usage.outputTokens;
        units += uint256(tariff.perStep) * usage.steps;
        uint256 millionths = units * _PPM + uint256(tariff.perMegapixel) * usage.microMegapixels;
        // Rounded once, and up: the buyer pays the odd unit, and never zero for a positive price.
        return Math.mulDiv(millionths, level, _WAD * _PPM, Math.Rounding.Ceil);
    }

    // The newest of the epochs, which ascend, that is not after a given one.
    function _lastUntil(uint64[] storage epochs, uint64 epoch) private view returns (bool found, uint64 begun) {
        uint256 high = epochs.length;
        if (high == 0) return (false, 0);
        // Nearly all questions are about now.
        begun = epochs[high - 1];
        if (begun <= epoch) return (true, begun);

        uint256 low = 0;
        while (low < high) {
            uint256 middle = Math.average(low, high);
            if (epochs[middle] > epoch) high = middle;
            else low = middle + 1;
        }
        return high == 0 ? (false, 0) : (true, epochs[high - 1]);
    }

    // EIP-1559's rule with half of the capacity as target; the move rounds down, so a small level may stay.
    function _step(uint256 level, uint256 used, uint256 target, uint256 stepBps) private pure returns (uint256) {
        uint256 largestMove = Math.mulDiv(level, stepBps, _BPS);
        uint256 distance = used > target ? used - target : target - used;
        uint256 move = Math.mulDiv(largestMove, Math.min(distance, target), target);
        return used > target ? level + move : level - move;
    }

    function _requireValid(Tariff calldata tariff) private view {
        require(
            tariff.hostFeeBps <= _MAXIMUM_HOST_FEE_BPS,
            HostFeeTooHigh(tariff.hostFeeBps, _MAXIMUM_HOST_FEE_BPS)
        );
        uint256 minimum = _PARAMETER_STORE.get(_MINIMUM_HOST_FEE);
        require(tariff.hostFeeBps >= minimum, HostFeeTooLow(tariff.hostFeeBps, minimum));
        require(
            tariff.dataPoolBps <= _MAXIMUM_DATA_POOL_BPS,
            DataPoolTooHigh(tariff.dataPoolBps, _MAXIMUM_DATA_POOL_BPS)
        );
        require(
            !tariff.dynamic ||
                (tariff.floorLevel != 0 &&
                    tariff.floorLevel <= _WAD &&
                    tariff.capLevel >= _WAD &&
                    tariff.capacity >= 2),
            InvalidBand(tariff.floorLevel, tariff.capLevel, tariff.capacity)
        );
    }
}
