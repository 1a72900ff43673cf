// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AmountIsZero, NothingOwed, OnlyVerification, UnknownRole} from "./interfaces/Errors.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IStaking} from "./interfaces/IStaking.sol";

/// @title Staking
/// @author mnft
/// @notice Stakes by account and role, and reporters' rewards, in the smallest unit of the settlement token.
/// @dev Tokens that arrive outside of `stake` are nobody's: no balance of the contract enters any computation.
/// The settlement token is ours and reverts where it cannot pay, so what its transfers return says nothing more.
contract Staking is IStaking {
    uint256 private constant _BPS = 10_000;
    uint8 private constant _VALIDATOR = 1;

    ERC20Burnable private immutable _TOKEN;
    IParameterStore private immutable _PARAMETERS;
    address private immutable _VERIFICATION;

    mapping(address account => mapping(uint8 role => Position position)) private _positions;
    mapping(address account => uint256 amount) private _rewards;
    uint256 private _totalStaked;

    /// @notice Fixes whom the contract trusts.
    /// @param token What is staked.
    /// @param parameters Where the minimums, the unbonding time and the reporter's share are.
    /// @param verification The only account that may slash.
    constructor(address token, address parameters, address verification) {
        _TOKEN = ERC20Burnable(token);
        _PARAMETERS = IParameterStore(parameters);
        _VERIFICATION = verification;
    }

    /// @inheritdoc IStaking
    function stake(uint8 role, uint256 amount) external {
        uint256 minimum = _minimum(role);
        require(amount > 0, AmountIsZero());
        Position storage position = _positions[msg.sender][role];
        uint256 bonded = position.bonded + amount;
        require(bonded >= minimum, BelowMinimum(role, bonded, minimum));

        position.bonded = bonded;
        _totalStaked += amount;
        emit Staked(msg.sender, role, amount);

        _TOKEN.transferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IStaking
    function unbond(uint8 role, uint256 amount) external {
        uint256 minimum = _minimum(role);
        require(amount > 0, AmountIsZero());
        Position storage position = _positions[msg.sender][role];
        require(amount <= position.bonded, InsufficientStake(msg.sender, position.bonded, amount));
        uint256 bonded = position.bonded - amount;
        require(bonded == 0 || bonded >= minimum, BelowMinimum(role, bonded, minimum));
        uint64 withdrawableAt = SafeCast.toUint64(block.timestamp + _PARAMETERS.get("unbondingSeconds"));

        position.bonded = bonded;
        position.unbonding += amount;
        position.withdrawableAt = withdrawableAt;
        emit UnbondingStarted(msg.sender, role, amount, withdrawableAt);
    }

    /// @inheritdoc IStaking
    function withdraw(uint8 role) external {
        _requireRole(role);
        Position storage position = _positions[msg.sender][role];
        uint256 amount = position.unbonding;
        require(amount > 0, NothingUnbonding(msg.sender));
        require(block.timestamp >= position.withdrawableAt, StillUnbonding(msg.sender, position.withdrawableAt));

        position.unbonding = 0;
        position.withdrawableAt = 0;
        _totalStaked -= amount;
        emit StakeWithdrawn(msg.sender, role, amount);

        _TOKEN.transfer(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function slash(address account, uint8 role, uint256 fractionBps, address reporter)
        external
        returns (uint256 penalty)
    {
        require(msg.sender == _VERIFICATION, OnlyVerification(msg.sender));
        _requireRole(role);
        require(fractionBps <= _BPS, FractionAboveWhole(fractionBps));
        Position storage position = _positions[account][role];
        // Both parts round down, each in the offender's favour by less than one unit.
        uint256 fromBonded = Math.mulDiv(position.bonded, fractionBps, _BPS);
        uint256 fromUnbonding = Math.mulDiv(position.unbonding, fractionBps, _BPS);
        penalty = fromBonded + fromUnbonding;
        // The reporter's share rounds down, and the fire takes the odd unit:
        // a reporter can never mint by splitting one report into many.
        uint256 share = Math.mulDiv(penalty, _PARAMETERS.get("reporterShareBps"), _BPS);
        uint256 rewarded = Math.min(share, _PARAMETERS.get("reporterRewardCap"));
        uint256 burned = penalty - rewarded;

        position.bonded -= fromBonded;
        position.unbonding -= fromUnbonding;
        _totalStaked -= penalty;
        _rewards[reporter] += rewarded;
        emit Slashed(account, role, reporter, penalty, rewarded, burned);

        _TOKEN.burn(burned);
    }

    /// @inheritdoc IStaking
    function claim() external {
        uint256 amount = _rewards[msg.sender];
        require(amount > 0, NothingOwed(msg.sender));

        _rewards[msg.sender] = 0;
        emit RewardClaimed(msg.sender, amount);

        _TOKEN.transfer(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function positionOf(address account, uint8 role) external view returns (Position memory position) {
        _requireRole(role);
        return _positions[account][role];
    }

    /// @inheritdoc IStaking
    function isActive(address account, uint8 role) external view returns (bool active) {
        uint256 minimum = _minimum(role);
        uint256 bonded = _positions[account][role].bonded;
        return bonded > 0 && bonded >= minimum;
    }

    /// @inheritdoc IStaking
    function rewardOf(address account) external view returns (uint256 amount) {
        return _rewards[account];
    }

    /// @inheritdoc IStaking
    function totalStaked() external view returns (uint256 amount) {
        return _totalStaked;
    }

    function _minimum(uint8 role) private view returns (uint256 minimum) {
        _requireRole(role);
        return _PARAMETERS.get(role == _VALIDATOR ? bytes32("minimumValidatorStake") : bytes32("minimumHostStake"));
    }

    function _requireRole(uint8 role) private pure {
        require(role <= _VALIDATOR, UnknownRole(role));
    }
}
