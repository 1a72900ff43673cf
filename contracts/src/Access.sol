// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AmountIsZero, NotModelOwner, OnlyGateway} from "./interfaces/Errors.sol";
import {IAccess} from "./interfaces/IAccess.sol";
import {IBadges} from "./interfaces/IBadges.sol";
import {IPrepaidToken} from "./interfaces/IPrepaidToken.sol";
import {IPricing} from "./interfaces/IPricing.sol";
import {IRights} from "./interfaces/IRights.sol";
import {IStaking} from "./interfaces/IStaking.sol";

/// @title Access
/// @author mnft
/// @notice By what right a user calls a model: one question, asked in one order.
/// @dev The token balance is always at least all that is locked or leaving.
/// No guard against re-entrancy is needed: the one token is OpenZeppelin's ERC-20, which calls nobody back, and every
/// other contract that is called is one of the deployment.
contract Access is IAccess {
    using SafeERC20 for IERC20;

    // Who asks, for what.
    struct Query {
        uint256 modelId;
        uint32 version;
        address user;
        uint64 epoch;
    }

    // From which epoch on a model's windows are counted, and whether it ever had inference rights.
    struct Management {
        uint64 origin;
        bool hasRights;
    }

    uint16 private constant _BPS = 10_000;
    uint256 private constant _MAXIMUM_ACCOUNTS = 64;
    uint64 private constant _NO_RIGHT = 1;
    uint64 private constant _USED_UP = 2;
    uint64 private constant _UNLIMITED = type(uint64).max;
    // The modes that need a right, in the order in which they are asked.
    bytes6 private constant _ASKED = 0x010203040705;
    uint256 private constant _ASKED_MODES = 6;
    // Above every subject of a gate.
    uint256 private constant _RIGHT_SUBJECTS = 1 << 224;

    IERC20 private immutable _TOKEN;
    IERC721 private immutable _REGISTRY;
    address private immutable _GATEWAY;
    IPrepaidToken private immutable _CREDITS;
    IPrepaidToken private immutable _SUBSCRIPTIONS;
    IRights private immutable _RIGHTS;
    IBadges private immutable _BADGES;
    IPricing private immutable _PRICING;
    uint256 private immutable _EPOCH_SECONDS;
    uint64 private immutable _WINDOW_EPOCHS;

    mapping(uint256 modelId => Management management) private _managed;
    mapping(uint256 modelId => Grants grants) private _grants;
    mapping(uint256 modelId => mapping(address account => bool allowed)) private _allowlists;
    mapping(uint256 modelId => mapping(address user => Claim claim)) private _claims;
    mapping(uint256 modelId => mapping(address account => Lock stake)) private _locks;
    mapping(uint256 modelId => mapping(uint256 subject => Meter meter)) private _meters;

    /// @notice Fixes whom Access asks, and how long an epoch is.
    /// @param token What is staked.
    /// @param registry Who owns a model.
    /// @param gateway The only account that may use up calls.
    /// @param credits Where credits are.
    /// @param subscriptions Where subscriptions are.
    /// @param rights Where inference rights are.
    /// @param badges Where badges of contributors are.
    /// @param pricing Who knows what models are priced in.
    /// @param epochSeconds How long an epoch is.
    constructor(
        address token,
        address registry,
        address gateway,
        address credits,
        address subscriptions,
        address rights,
        address badges,
        address pricing,
        uint256 epochSeconds
    ) {
        _TOKEN = IERC20(token);
        _REGISTRY = IERC721(registry);
        _GATEWAY = gateway;
        _CREDITS = IPrepaidToken(credits);
        _SUBSCRIPTIONS = IPrepaidToken(subscriptions);
        _RIGHTS = IRights(rights);
        _BADGES = IBadges(badges);
        _PRICING = IPricing(pricing);
        _EPOCH_SECONDS = epochSeconds;
        _WINDOW_EPOCHS = SafeCast.toUint64(Math.ceilDiv(30 days, epochSeconds));
    }

    /// @inheritdoc IAccess
    function setGrants(uint256 modelId, Grants calldata grants) external {
        _requireModelOwner(modelId);
        _requireDiscount(grants.allowlistDiscountBps);
        _requireDiscount(grants.gateDiscountBps);
        _requireDiscount(grants.stakeDiscountBps);
        if (grants.collection != address(0)) _requireGate(grants);

        _grants[modelId] = grants;
        _manage(modelId);
        emit GrantsSet(modelId, grants);
    }

    /// @inheritdoc IAccess
    function setAllowed(uint256 modelId, address[] calldata accounts, bool allowed) external {
        _requireModelOwner(modelId);
        uint256 count = accounts.length;
        require(count > 0 && count <= _MAXIMUM_ACCOUNTS, AllowlistSizeInvalid(count, _MAXIMUM_ACCOUNTS));

        for (uint256 i = 0; i < count; ++i) {
            _allowlists[modelId][accounts[i]] = allowed;
            emit AllowlistSet(modelId, accounts[i], allowed);
        }
    }

    /// @inheritdoc IAccess
    function manage(uint256 modelId) external {
        bool isRights = msg.sender == address(_RIGHTS);
        bool isSeller = isRights || msg.sender == address(_CREDITS) || msg.sender == address(_SUBSCRIPTIONS);
        require(isSeller, OnlySellers(msg.sender));
        address currency = _PRICING.currencyOf(modelId);
        require(currency == address(_TOKEN), CurrencyNotPrepaid(modelId, currency));
        _manage(modelId);
        if (isRights) _managed[modelId].hasRights = true;
    }

    /// @inheritdoc IAccess
    function present(uint256 modelId, Claim calldata claim) external {
        _requireManaged(modelId);
        _claims[modelId][msg.sender] = claim;
        emit Claimed(modelId, msg.sender, claim);
    }

    /// @inheritdoc IAccess
    function lock(uint256 modelId, uint256 amount) external {
        _requireManaged(modelId);
        require(amount > 0, AmountIsZero());

        // The tokens come first: the token refuses more than its supply, so no sum below overflows.
        _TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        _locks[modelId][msg.sender].locked += SafeCast.toUint128(amount);
        emit StakeLocked(modelId, msg.sender, amount);
    }

    /// @inheritdoc IAccess
    function unlock(uint256 modelId, uint256 amount) external {
        require(amount > 0, AmountIsZero());
        Lock storage stake = _locks[modelId][msg.sender];
        uint128 locked = stake.locked;
        require(amount <= locked, IStaking.InsufficientStake(msg.sender, locked, amount));
        // For a whole window, so that the same stake gives nobody else calls meanwhile.
        uint64 withdrawableAt = SafeCast.toUint64(block.timestamp + _WINDOW_EPOCHS * _EPOCH_SECONDS);

        uint128 narrow = uint128(amount);
        stake.locked = locked - narrow;
        stake.leaving += narrow;
        stake.withdrawableAt = withdrawableAt;
        emit StakeUnlocked(modelId, msg.sender, amount, withdrawableAt);
    }

    /// @inheritdoc IAccess
    function withdraw(uint256 modelId) external {
        Lock storage stake = _locks[modelId][msg.sender];
        uint256 amount = stake.leaving;
        require(amount > 0, IStaking.NothingUnbonding(msg.sender));
        uint64 withdrawableAt = stake.withdrawableAt;
        require(block.timestamp >= withdrawableAt, IStaking.StillUnbonding(msg.sender, withdrawableAt));

        stake.leaving = 0;
        stake.withdrawableAt = 0;
        emit StakeReturned(modelId, msg.sender, amount);

        _TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IAccess
    function consume(uint256 modelId, uint32 version, address user, uint64 calls, uint64 epoch)
        external
        returns (uint256 waived, uint256 prepaid)
    {
        require(msg.sender == _GATEWAY, OnlyGateway(msg.sender));
        Query memory query = Query(modelId, version, user, epoch);
        uint64 left = calls;
        for (uint256 i = 0; i < _ASKED_MODES && left > 0; ++i) {
            Mode mode = Mode(uint8(_ASKED[i]));
            (uint64 remaining, uint16 discountBps) = _granted(mode, query);
            uint64 taken = uint64(Math.min(remaining, left));
            if (taken == 0) continue;
            uint256 amount = _take(mode, query, taken);
            left -= taken;
            waived += uint256(taken) * discountBps;
            prepaid += amount;
            emit AccessUsed(modelId, user, mode, taken, discountBps, amount);
        }
        require(left == 0 || !_grants[modelId].isClosed, AccessRefused(modelId, user, left));
    }

    /// @inheritdoc IAccess
    function authorize(uint256 modelId, uint32 version, address user, uint64 epoch)
        external
        view
        returns (Mode mode, uint64 remaining)
    {
        Query memory query = Query(modelId, version, user, epoch);
        for (uint256 i = 0; i < _ASKED_MODES; ++i) {
            mode = Mode(uint8(_ASKED[i]));
            (remaining,) = _granted(mode, query);
            if (remaining > 0) return (mode, remaining);
        }
        if (!_grants[modelId].isClosed) return (Mode.PayPerCall, _UNLIMITED);
        bool hasRight = _limit(Mode.TokenGate, query) > 0 || _limit(Mode.StakeGate, query) > 0;
        (uint64 limit,) = _rightOf(query);
        if (limit > 0) hasRight = true;
        return (Mode.Refused, hasRight ? _USED_UP : _NO_RIGHT);
    }

    /// @inheritdoc IAccess
    function isManaged(uint256 modelId) external view returns (bool managed) {
        return _managed[modelId].origin != 0;
    }

    /// @inheritdoc IAccess
    function originOf(uint256 modelId) external view returns (uint64 epoch) {
        return _managed[modelId].origin;
    }

    /// @inheritdoc IAccess
    function grantsOf(uint256 modelId) external view returns (Grants memory grants) {
        return _grants[modelId];
    }

    /// @inheritdoc IAccess
    function isAllowed(uint256 modelId, address account) external view returns (bool allowed) {
        return _allowlists[modelId][account];
    }

    /// @inheritdoc IAccess
    function claimOf(uint256 modelId, address user) external view returns (Claim memory claim) {
        return _claims[modelId][user];
    }

    /// @inheritdoc IAccess
    function lockOf(uint256 modelId, address account) external view returns (Lock memory stake) {
        return _locks[modelId][account];
    }

    /// @inheritdoc IAccess
    function meterOf(uint256 modelId, uint256 subject) external view returns (Meter memory meter) {
        return _meters[modelId][subject];
    }

    function _manage(uint256 modelId) private {
        if (_managed[modelId].origin != 0) return;
        _managed[modelId].origin = SafeCast.toUint64(block.timestamp / _EPOCH_SECONDS);
    }

    // What had been paid ahead for the calls.
    function _take(Mode mode, Query memory query, uint64 calls) private returns (uint256 amount) {
        if (mode == Mode.Allowlist) return 0;
        if (mode == Mode.TokenGate || mode == Mode.StakeGate || mode == Mode.InferenceRight) {
            Meter storage meter = _meters[query.modelId][_subject(mode, query)];
            (Meter memory rolled,) = _roll(query, meter);
            meter.epoch = rolled.epoch;
            meter.used = rolled.used + calls; // At most the limit.
            meter.previous = rolled.previous;
            return 0;
        }
        (IPrepaidToken token, uint64 tokenId) = _prepaid(mode, query);
        (, amount) = token.spend(tokenId, query.modelId, query.version, query.user, calls, _begin(query));
    }

    // How many calls a mode has for a user, and at what discount; one that is worth nothing takes none.
    function _granted(Mode mode, Query memory query) private view returns (uint64 calls, uint16 discountBps) {
        if (mode == Mode.Subscription || mode == Mode.Credits) {
            (IPrepaidToken token, uint64 tokenId) = _prepaid(mode, query);
            if (tokenId == 0) return (0, _BPS);
            return (token.callsFor(tokenId, query.modelId, query.version, query.user, _begin(query)), _BPS);
        }
        uint64 limit = 0;
        if (mode == Mode.InferenceRight) {
            (limit, discountBps) = _rightOf(query);
        } else {
            Grants storage grants = _grants[query.modelId];
            discountBps = _discount(mode, grants);
            if (discountBps == 0 && !grants.isClosed) return (0, 0);
            if (mode == Mode.Allowlist) {
                return (_allowlists[query.modelId][query.user] ? _UNLIMITED : 0, discountBps);
            }
            limit = _limit(mode, query);
        }
        if (limit == 0) return (0, discountBps);
        (Meter memory meter, uint256 carried) = _roll(query, _meters[query.modelId][_subject(mode, query)]);
        return (uint64(Math.saturatingSub(limit, meter.used + carried)), discountBps);
    }

    // How many calls a window inference rights have for a user, and at what discount.
    function _rightOf(Query memory query) private view returns (uint64 calls, uint16 discountBps) {
        if (!_managed[query.modelId].hasRights) return (0, 0);
        return _RIGHTS.inferenceOf(query.modelId, query.user);
    }

    // How many calls a window a gate has for a user.
    function _limit(Mode mode, Query memory query) private view returns (uint64 calls) {
        Grants storage grants = _grants[query.modelId];
        if (mode == Mode.StakeGate) {
            uint256 unit = grants.stakeUnit;
            if (unit == 0) return 0;
            uint256 units = _locks[query.modelId][query.user].locked / unit;
            return uint64(Math.min(units * grants.callsPerUnit, _UNLIMITED));
        }
        uint64 tokenId = _claims[query.modelId][query.user].gateTokenId;
        address collection = grants.collection;
        if (collection == address(_BADGES)) {
            // Only those of the model itself, and no badge ever moves.
            bool isHolder = tokenId != 0 && _BADGES.badgeIdOf(query.modelId, query.user) == tokenId;
            return isHolder ? grants.gateCalls : 0;
        }
        if (collection == address(0) || tokenId < grants.firstTokenId || tokenId > grants.lastTokenId) return 0;
        return IERC721(collection).ownerOf(tokenId) == query.user ? grants.gateCalls : 0;
    }

    // A meter as of an epoch, and how many calls of the window before still count: the share of it that lies within the
    // last 30 days, so that nobody doubles up at the edge. A meter never runs back: what settles late counts as new.
    function _roll(Query memory query, Meter storage meter) private view returns (Meter memory rolled, uint256 carried) {
        uint64 origin = _managed[query.modelId].origin;
        uint64 last = meter.epoch;
        rolled.epoch = uint64(Math.max(Math.max(query.epoch, origin), last));
        uint64 age = rolled.epoch - origin;
        if (last != 0) {
            uint64 windows = age / _WINDOW_EPOCHS - (last - origin) / _WINDOW_EPOCHS;
            if (windows == 0) (rolled.used, rolled.previous) = (meter.used, meter.previous);
            if (windows == 1) rolled.previous = meter.used;
        }
        // Rounding up favours the model's owner.
        uint64 within = _WINDOW_EPOCHS - 1 - age % _WINDOW_EPOCHS;
        carried = Math.mulDiv(rolled.previous, within, _WINDOW_EPOCHS, Math.Rounding.Ceil);
    }

    function _subject(Mode mode, Query memory query) private view returns (uint256 subject) {
        if (mode == Mode.StakeGate) return uint160(query.user);
        if (mode == Mode.InferenceRight) return _RIGHT_SUBJECTS | uint160(query.user);
        uint256 collection = uint160(_grants[query.modelId].collection);
        return (collection << 64) | _claims[query.modelId][query.user].gateTokenId;
    }

    function _prepaid(Mode mode, Query memory query) private view returns (IPrepaidToken token, uint64 tokenId) {
        Claim storage claim = _claims[query.modelId][query.user];
        return mode == Mode.Credits ? (_CREDITS, claim.creditId) : (_SUBSCRIPTIONS, claim.passId);
    }

    function _begin(Query memory query) private view returns (uint256 timestamp) {
        return query.epoch * _EPOCH_SECONDS;
    }

    function _requireModelOwner(uint256 modelId) private view {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
    }

    function _requireManaged(uint256 modelId) private view {
        require(_managed[modelId].origin != 0, NotManaged(modelId));
    }

    function _requireGate(Grants calldata grants) private view {
        address collection = grants.collection;
        // Of badges the model's own count, whichever there are: nobody has one but whom the registry named.
        if (collection == address(_BADGES)) return;
        bool isOurs = collection == address(_REGISTRY) || collection == address(_CREDITS)
            || collection == address(_SUBSCRIPTIONS);
        require(isOurs, UnknownCollection(collection));
        uint256 count = IPrepaidToken(collection).count();
        (uint64 first, uint64 last) = (grants.firstTokenId, grants.lastTokenId);
        require(first > 0 && first <= last && last <= count, TokenRangeInvalid(first, last, count));
    }

    function _discount(Mode mode, Grants storage grants) private view returns (uint16 discountBps) {
        if (mode == Mode.Allowlist) return grants.allowlistDiscountBps;
        return mode == Mode.TokenGate ? grants.gateDiscountBps : grants.stakeDiscountBps;
    }

    function _requireDiscount(uint16 discountBps) private pure {
        require(discountBps <= _BPS, DiscountAboveWhole(discountBps));
    }
}
