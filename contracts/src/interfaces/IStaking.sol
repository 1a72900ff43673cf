// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Staking
/// @author mnft
/// @notice Hosts and validators put value behind their work.
/// @dev Roles: 0 host, 1 validator. Amounts are in the smallest unit of the settlement token.
interface IStaking {
    /// @notice What an account has at stake in one role; both amounts can be slashed.
    struct Position {
        uint256 bonded;
        uint256 unbonding;
        uint64 withdrawableAt;
    }

    /// @notice Stake was added.
    /// @param account Whose stake.
    /// @param role The role that it is for.
    /// @param amount How much was added.
    event Staked(address indexed account, uint8 indexed role, uint256 amount);

    /// @notice Stake no longer counts for the role, and can be slashed until it is withdrawn.
    /// @param account Whose stake.
    /// @param role The role that it was for.
    /// @param amount How much is newly unbonding.
    /// @param withdrawableAt When all that is unbonding can be withdrawn, in Unix seconds.
    event UnbondingStarted(address indexed account, uint8 indexed role, uint256 amount, uint64 withdrawableAt);

    /// @notice Stake went back to its owner.
    /// @param account Whose stake.
    /// @param role The role that it was for.
    /// @param amount How much was paid out.
    event StakeWithdrawn(address indexed account, uint8 indexed role, uint256 amount);

    /// @notice Stake was taken for a fault.
    /// @param account Whose stake.
    /// @param role The role that it was for.
    /// @param reporter Who showed the fault.
    /// @param penalty How much was taken.
    /// @param rewarded The reporter's part.
    /// @param burned Nobody's part.
    event Slashed(
        address indexed account,
        uint8 indexed role,
        address indexed reporter,
        uint256 penalty,
        uint256 rewarded,
        uint256 burned
    );

    /// @notice A reporter was paid.
    /// @param account The reporter.
    /// @param amount How much.
    event RewardClaimed(address indexed account, uint256 amount);

    /// @notice The stake that would be bonded is neither zero nor enough for the role.
    /// @param role The role.
    /// @param bonded What would be bonded.
    /// @param minimum What the role needs.
    error BelowMinimum(uint8 role, uint256 bonded, uint256 minimum);

    /// @notice No more than all of a stake can be slashed.
    /// @param fractionBps The fraction refused, in basis points.
    error FractionAboveWhole(uint256 fractionBps);

    /// @notice The account has less bonded than it wants to take back.
    /// @param account The account.
    /// @param bonded What it has.
    /// @param needed What it asked for.
    error InsufficientStake(address account, uint256 bonded, uint256 needed);

    /// @notice The account has asked for nothing back, or it was all slashed.
    /// @param account The account.
    error NothingUnbonding(address account);

    /// @notice The stake can still be slashed.
    /// @param account The account.
    /// @param withdrawableAt When it can be withdrawn, in Unix seconds.
    error StillUnbonding(address account, uint64 withdrawableAt);

    /// @notice Adds to the caller's stake; the tokens are pulled by allowance.
    /// @param role The role.
    /// @param amount How much to add; the sum must be enough for the role.
    function stake(uint8 role, uint256 amount) external;

    /// @notice Takes stake out of service; all that is unbonding waits anew from now on.
    /// @param role The role.
    /// @param amount How much; what stays must be zero or enough for the role.
    function unbond(uint8 role, uint256 amount) external;

    /// @notice Gives the caller back all that has waited long enough; exactly at the deadline it has.
    /// @param role The role.
    function withdraw(uint8 role) external;

    /// @notice Takes a fraction of what is bonded and of what is unbonding; only Verification may.
    /// @param account Whose stake is taken.
    /// @param role The role in which it failed.
    /// @param fractionBps The fraction, in basis points.
    /// @param reporter Who is rewarded.
    /// @return penalty How much was taken.
    function slash(address account, uint8 role, uint256 fractionBps, address reporter)
        external
        returns (uint256 penalty);

    /// @notice Pays the caller the rewards of its reports.
    function claim() external;

    /// @notice What an account has at stake in a role.
    /// @param account The account.
    /// @param role The role.
    /// @return position The amounts, and when the unbonding one can be withdrawn.
    function positionOf(address account, uint8 role) external view returns (Position memory position);

    /// @notice Whether an account has enough bonded for a role, and anything at all.
    /// @param account The account.
    /// @param role The role.
    /// @return active Whether it may act in the role.
    function isActive(address account, uint8 role) external view returns (bool active);

    /// @notice The rewards that an account may claim.
    /// @param account The account.
    /// @return amount How much.
    function rewardOf(address account) external view returns (uint256 amount);

    /// @notice All that is bonded or unbonding.
    /// @return amount How much.
    function totalStaked() external view returns (uint256 amount);
}
