// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AmountIsZero, NothingOwed, NotModelOwner} from "./interfaces/Errors.sol";
import {IAccess} from "./interfaces/IAccess.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IRights} from "./interfaces/IRights.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {UnitMarket} from "./libraries/UnitMarket.sol";

/// @title Rights
/// @author mnft
/// @notice Fine-tune, inference, revenue and weights rights of models, as tokens of their own (ERC-6909).
/// @dev In each currency the balance is always at least what is owed, and what revenue units have earned.
/// ERC-6909 and not ERC-1155: it calls no receiver, so no foreign code runs within a transfer, and no guard against
/// re-entrancy is needed. The tokens are OpenZeppelin's ERC-20s, and every other contract is one of the deployment.
contract Rights is UnitMarket {
    using SafeERC20 for IERC20;

    // In one currency: what one unit has earned since it was issued, how much of it an account has been paid, and what
    // no unit has got yet.
    struct Earnings {
        mapping(uint256 rightId => uint256 amount) perUnit;
        mapping(uint256 rightId => mapping(address account => uint256 amount)) settled;
        mapping(uint256 rightId => uint256 amount) remainders;
    }

    uint8 private constant _FINE_TUNE = 0;
    uint8 private constant _INFERENCE = 1;
    uint8 private constant _REVENUE_SHARE = 2;
    uint8 private constant _KINDS = 4;

    IERC721 private immutable _REGISTRY;
    address private immutable _LINEAGE;
    address private immutable _REVENUE;
    address private immutable _STABLE;
    address private immutable _STABLE_REVENUE;
    IAccess private immutable _ACCESS;
    uint256 private immutable _WINDOW_SECONDS;

    mapping(uint256 rightId => RightTerms terms) private _terms;
    mapping(uint256 rightId => uint256 units) private _issued;
    mapping(uint256 modelId => mapping(address account => UnitLock units)) private _locks;
    mapping(address currency => Earnings earnings) private _earnings;
    mapping(address currency => mapping(address account => uint256 amount)) private _owedIn;

    /// @notice Fixes what is paid with, who is paid, and whose rights these are.
    /// @param token What is paid with.
    /// @param parameters Where the protocol's fee is.
    /// @param treasury Who is owed the protocol fee: the timelock.
    /// @param registry Who owns a model.
    /// @param lineage The only account that may use up fine-tune rights.
    /// @param revenue Who credits revenue units in MNFT.
    /// @param stable The stable token.
    /// @param stableRevenue Who credits revenue units in it.
    /// @param access Who asks for inference rights.
    /// @param epochSeconds How long an epoch is.
    constructor(
        address token,
        address parameters,
        address treasury,
        address registry,
        address lineage,
        address revenue,
        address stable,
        address stableRevenue,
        address access,
        uint256 epochSeconds
    ) UnitMarket(token, parameters, treasury) {
        _REGISTRY = IERC721(registry);
        _LINEAGE = lineage;
        _REVENUE = revenue;
        _STABLE = stable;
        _STABLE_REVENUE = stableRevenue;
        _ACCESS = IAccess(access);
        // As long as a window of Access: 30 days, in whole epochs.
        _WINDOW_SECONDS = Math.ceilDiv(30 days, epochSeconds) * epochSeconds;
    }

    /// @inheritdoc IRights
    function fixTerms(uint256 modelId, uint8 kind, RightTerms calldata terms) external {
        uint256 rightId = _requireOwnersRight(modelId, kind);
        require(_terms[rightId].maximumUnits == 0, TermsAreFixed(rightId));
        bool isInference = kind == _INFERENCE;
        bool fits = isInference == (terms.callsPerUnit > 0) && isInference == (terms.discountBps > 0)
            && terms.discountBps <= _BPS && (kind != _REVENUE_SHARE || terms.maximumUnits <= _BPS);
        require(terms.maximumUnits > 0 && fits, TermsInvalid(kind));
        if (kind == _REVENUE_SHARE) _requireOwnersShare(modelId);

        _terms[rightId] = terms;
        emit RightTermsFixed(modelId, kind, terms);

        if (isInference) _ACCESS.manage(modelId);
    }

    /// @inheritdoc IRights
    function mint(uint256 modelId, uint8 kind, uint64 units) external {
        uint256 rightId = _requireOwnersRight(modelId, kind);
        require(units > 0, AmountIsZero());
        uint256 issued = _issued[rightId] + units;
        uint256 maximum = _terms[rightId].maximumUnits;
        require(issued <= maximum, IssueAboveMaximum(rightId, issued, maximum));

        _issued[rightId] = issued;
        _mint(msg.sender, rightId, units);
        emit UnitsIssued(rightId, msg.sender, units);
    }

    /// @inheritdoc IRights
    function useFineTune(uint256 modelId, address account) external returns (bool used) {
        require(msg.sender == _LINEAGE, IModelRegistry.OnlyLineage(msg.sender));
        uint256 rightId = _idOf(modelId, _FINE_TUNE);
        if (balanceOf(account, rightId) == 0) return false;

        _burn(account, rightId, 1);
        emit FineTuneUsed(rightId, account);
        return true;
    }

    /// @inheritdoc IRights
    function lock(uint256 modelId, uint64 units) external {
        uint256 rightId = _idOf(modelId, _INFERENCE);
        require(units > 0, AmountIsZero());

        _transfer(msg.sender, address(this), rightId, units);
        _locks[modelId][msg.sender].locked += units;
        emit UnitsLocked(rightId, msg.sender, units);
    }

    /// @inheritdoc IRights
    function unlock(uint256 modelId, uint64 units) external {
        uint256 rightId = _idOf(modelId, _INFERENCE);
        require(units > 0, AmountIsZero());
        UnitLock storage held = _locks[modelId][msg.sender];
        uint64 locked = held.locked;
        require(units <= locked, IStaking.InsufficientStake(msg.sender, locked, units));
        // For a whole window, so that the same units give nobody else calls meanwhile.
        uint64 returnableAt = uint64(block.timestamp + _WINDOW_SECONDS);

        held.locked = locked - units;
        held.leaving += units;
        held.returnableAt = returnableAt;
        emit UnitsUnlocked(rightId, msg.sender, units, returnableAt);
    }

    /// @inheritdoc IRights
    function reclaim(uint256 modelId) external {
        uint256 rightId = _idOf(modelId, _INFERENCE);
        UnitLock storage held = _locks[modelId][msg.sender];
        uint64 units = held.leaving;
        require(units > 0, IStaking.NothingUnbonding(msg.sender));
        uint64 returnableAt = held.returnableAt;
        require(block.timestamp >= returnableAt, IStaking.StillUnbonding(msg.sender, returnableAt));

        held.leaving = 0;
        held.returnableAt = 0;
        _transfer(address(this), msg.sender, rightId, units);
    }

    /// @inheritdoc IRights
    function credit(uint256 modelId, uint256 amount) external {
        bool isStable = msg.sender == _STABLE_REVENUE;
        require(isStable || msg.sender == _REVENUE, OnlyRevenue(msg.sender));
        Earnings storage earnings = _earnings[isStable ? _STABLE : address(_TOKEN)];
        uint256 rightId = _idOf(modelId, _REVENUE_SHARE);
        uint256 units = totalSupply(rightId);
        // What no unit gets yet is shared with the next payment.
        uint256 shared = amount + earnings.remainders[rightId];
        uint256 perUnit = earnings.perUnit[rightId] + shared / units;

        earnings.perUnit[rightId] = perUnit;
        earnings.remainders[rightId] = shared % units;
        if (isStable) emit UnitsCreditedIn(rightId, _STABLE, amount, perUnit);
        else emit UnitsCredited(rightId, amount, perUnit);
    }

    /// @inheritdoc IRights
    function settle(uint256 modelId, address account) external {
        uint256 rightId = _idOf(modelId, _REVENUE_SHARE);
        require(_settle(rightId, account) > 0, NothingEarned(rightId, account));
    }

    /// @inheritdoc IRights
    function withdrawIn(address currency, address account) external {
        uint256 amount = _owedIn[currency][account];
        require(amount > 0, NothingOwed(account));

        _owedIn[currency][account] = 0;
        emit RightsPaidIn(account, currency, amount);

        IERC20(currency).safeTransfer(account, amount);
    }

    /// @inheritdoc IRights
    function termsOf(uint256 rightId) external view returns (RightTerms memory terms) {
        return _terms[rightId];
    }

    /// @inheritdoc IRights
    function issuedOf(uint256 rightId) external view returns (uint256 units) {
        return _issued[rightId];
    }

    /// @inheritdoc IRights
    function lockOf(uint256 modelId, address account) external view returns (UnitLock memory units) {
        return _locks[modelId][account];
    }

    /// @inheritdoc IRights
    function inferenceOf(uint256 modelId, address account) external view returns (uint64 calls, uint16 discountBps) {
        RightTerms storage terms = _terms[_idOf(modelId, _INFERENCE)];
        uint256 granted = uint256(_locks[modelId][account].locked) * terms.callsPerUnit;
        return (uint64(Math.min(granted, type(uint64).max)), terms.discountBps);
    }

    /// @inheritdoc IRights
    function revenueUnits(uint256 modelId) external view returns (uint256 units) {
        return totalSupply(_idOf(modelId, _REVENUE_SHARE));
    }

    /// @inheritdoc IRights
    function perUnitOf(uint256 rightId) external view returns (uint256 amount) {
        return _earnings[address(_TOKEN)].perUnit[rightId];
    }

    /// @inheritdoc IRights
    function earnedOf(uint256 rightId, address account) external view returns (uint256 amount) {
        return _earned(address(_TOKEN), rightId, account);
    }

    /// @inheritdoc IRights
    function perUnitIn(address currency, uint256 rightId) external view returns (uint256 amount) {
        return _earnings[currency].perUnit[rightId];
    }

    /// @inheritdoc IRights
    function earnedIn(address currency, uint256 rightId, address account) external view returns (uint256 amount) {
        return _earned(currency, rightId, account);
    }

    /// @inheritdoc IRights
    function owedIn(address currency, address account) external view returns (uint256 amount) {
        return _owedIn[currency][account];
    }

    /// @inheritdoc IRights
    function holds(uint256 modelId, uint8 kind, address account) external view returns (bool held) {
        if (balanceOf(account, _idOf(modelId, kind)) > 0) return true;
        UnitLock storage units = _locks[modelId][account];
        return kind == _INFERENCE && (units.locked > 0 || units.leaving > 0);
    }

    /// @inheritdoc IRights
    function idOf(uint256 modelId, uint8 kind) external pure returns (uint256 rightId) {
        return _idOf(modelId, kind);
    }

    // Revenue that was shared before units move belongs to those who had them.
    function _update(address from, address to, uint256 id, uint256 amount) internal override {
        if (id % _KINDS == _REVENUE_SHARE) {
            _settle(id, from);
            _settle(id, to);
        }
        super._update(from, to, id, amount);
    }

    // How much there was, of whatever currency.
    function _settle(uint256 rightId, address account) private returns (uint256 amounts) {
        uint256 amount = _take(address(_TOKEN), rightId, account);
        if (amount > 0) {
            _owe(account, amount);
            emit UnitsEarned(rightId, account, amount);
        }
        uint256 stable = _take(_STABLE, rightId, account);
        if (stable > 0) {
            _owedIn[_STABLE][account] += stable;
            emit UnitsEarnedIn(rightId, account, _STABLE, stable);
        }
        return amount + stable;
    }

    function _take(address currency, uint256 rightId, address account) private returns (uint256 amount) {
        amount = _earned(currency, rightId, account);
        Earnings storage earnings = _earnings[currency];
        earnings.settled[rightId][account] = earnings.perUnit[rightId];
    }

    function _earned(address currency, uint256 rightId, address account) private view returns (uint256 amount) {
        Earnings storage earnings = _earnings[currency];
        return balanceOf(account, rightId) * (earnings.perUnit[rightId] - earnings.settled[rightId][account]);
    }

    function _requireOwnersRight(uint256 modelId, uint8 kind) private view returns (uint256 rightId) {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        return _idOf(modelId, kind);
    }

    // At most 32 contributors, of which the registry's own address stands for whoever owns the model.
    function _requireOwnersShare(uint256 modelId) private view {
        (address[] memory contributors,) = IModelRegistry(address(_REGISTRY)).contributorsOf(modelId);
        for (uint256 i = 0; i < contributors.length; ++i) {
            if (contributors[i] == address(_REGISTRY)) return;
        }
        revert NoOwnersShare(modelId);
    }

    // A number that is no model's may be too large to have one of its own.
    function _idOf(uint256 modelId, uint8 kind) private pure returns (uint256 rightId) {
        require(kind < _KINDS, UnknownRight(kind));
        return modelId * _KINDS + kind;
    }
}
