// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Access
/// @author mnft
/// @notice By what right a user calls a model: one question, asked in one order.
/// @dev Amounts are in the smallest unit of the settlement token, shares in basis points, times in Unix seconds.
/// A window is 30 days, in whole epochs, counted from the epoch in which the model was first managed.
interface IAccess {
    /// @notice The ways to call a model, in the order in which they are asked; but inference rights before credits.
    enum Mode {
        Refused,
        Subscription,
        Allowlist,
        TokenGate,
        StakeGate,
        Credits,
        PayPerCall,
        InferenceRight
    }

    /// @notice What a model's owner grants.
    /// @dev `isClosed`: whoever no mode admits is refused, and does not pay per call. A discount of 10,000 is a free
    /// call. The gate counts tokens `firstTokenId` to `lastTokenId` of a collection, each for `gateCalls` a window; no
    /// collection, no gate; of Badges all of the model's own. The stake gate counts `callsPerUnit` a window for each
    /// whole `stakeUnit` locked; no unit, no gate.
    struct Grants {
        bool isClosed;
        uint16 allowlistDiscountBps;
        uint16 gateDiscountBps;
        uint16 stakeDiscountBps;
        address collection;
        uint64 firstTokenId;
        uint64 lastTokenId;
        uint64 gateCalls;
        uint64 callsPerUnit;
        uint128 stakeUnit;
    }

    /// @notice The tokens that a user wants to be used for a model; 0 for none.
    struct Claim {
        uint64 passId;
        uint64 gateTokenId;
        uint64 creditId;
    }

    /// @notice Stake that gives calls, and stake that is on its way back.
    struct Lock {
        uint128 locked;
        uint128 leaving;
        uint64 withdrawableAt;
    }

    /// @notice Calls counted in the window of the latest epoch that was seen, and in the window before.
    struct Meter {
        uint64 epoch;
        uint64 used;
        uint64 previous;
    }

    /// @notice A model's owner set what it grants.
    /// @param modelId The model.
    /// @param grants What it grants.
    event GrantsSet(uint256 indexed modelId, Grants grants);

    /// @notice An account is on a model's allowlist, or no longer.
    /// @param modelId The model.
    /// @param account The account.
    /// @param allowed Whether it is.
    event AllowlistSet(uint256 indexed modelId, address indexed account, bool allowed);

    /// @notice A user named the tokens to be used for a model.
    /// @param modelId The model.
    /// @param user The user.
    /// @param claim The tokens.
    event Claimed(uint256 indexed modelId, address indexed user, Claim claim);

    /// @notice Calls were granted by another right than paying for each.
    /// @param modelId The model.
    /// @param user Who called.
    /// @param mode By what right.
    /// @param calls How many calls.
    /// @param discountBps What they cost less, 10,000 for all of the price.
    /// @param prepaid What had been paid ahead for them.
    event AccessUsed(
        uint256 indexed modelId,
        address indexed user,
        Mode mode,
        uint64 calls,
        uint16 discountBps,
        uint256 prepaid
    );

    /// @notice Stake was locked for a model's gate.
    /// @param modelId The model.
    /// @param account Whose stake.
    /// @param amount How much.
    event StakeLocked(uint256 indexed modelId, address indexed account, uint256 amount);

    /// @notice Stake no longer counts, and waits for a window.
    /// @param modelId The model.
    /// @param account Whose stake.
    /// @param amount How much.
    /// @param withdrawableAt When all that is leaving can be withdrawn.
    event StakeUnlocked(uint256 indexed modelId, address indexed account, uint256 amount, uint64 withdrawableAt);

    /// @notice Stake went back to its owner.
    /// @param modelId The model.
    /// @param account Whose stake.
    /// @param amount How much.
    event StakeReturned(uint256 indexed modelId, address indexed account, uint256 amount);

    /// @notice No mode admits some of the calls to a closed model.
    /// @param modelId The model.
    /// @param user Who called.
    /// @param calls How many calls.
    error AccessRefused(uint256 modelId, address user, uint64 calls);

    /// @notice Accounts are listed some at a time.
    /// @param count How many were named.
    /// @param maximum How many may be.
    error AllowlistSizeInvalid(uint256 count, uint256 maximum);

    /// @notice What is paid ahead is paid in MNFT, and the model is priced in another currency.
    /// @param modelId The model.
    /// @param currency What it is priced in.
    error CurrencyNotPrepaid(uint256 modelId, address currency);

    /// @notice No discount is more than the price.
    /// @param discountBps The discount refused.
    error DiscountAboveWhole(uint16 discountBps);

    /// @notice The model has no grants, and sells neither credits nor subscriptions.
    /// @param modelId The model.
    error NotManaged(uint256 modelId);

    /// @notice Only Credits, Subscriptions and Rights may do this.
    /// @param caller Who tried.
    error OnlySellers(address caller);

    /// @notice A gate counts tokens that exist, so that nobody mints more of them.
    /// @param first The first token named.
    /// @param last The last token named.
    /// @param count How many there are.
    error TokenRangeInvalid(uint64 first, uint64 last, uint256 count);

    /// @notice A gate's collection is ModelRegistry, Credits, Subscriptions or Badges: foreign code runs in no settlement.
    /// @param collection The address refused.
    error UnknownCollection(address collection);

    /// @notice Sets what a model grants, from now on; its owner may.
    /// @param modelId The model.
    /// @param grants What it grants.
    function setGrants(uint256 modelId, Grants calldata grants) external;

    /// @notice Puts accounts on a model's allowlist, or takes them off; its owner may.
    /// @param modelId The model.
    /// @param accounts The accounts, 1 to 64.
    /// @param allowed Whether they are to be on it.
    function setAllowed(uint256 modelId, address[] calldata accounts, bool allowed) external;

    /// @notice From now on the model's batches ask here; only Credits, Subscriptions and Rights may, of models that are
    /// priced in MNFT.
    /// @param modelId The model.
    function manage(uint256 modelId) external;

    /// @notice Names the tokens that the caller wants to be used for a model. Whether it may is asked at each use.
    /// @param modelId The model.
    /// @param claim The tokens; 0 for none.
    function present(uint256 modelId, Claim calldata claim) external;

    /// @notice Locks stake for a model's gate; the tokens are pulled by allowance.
    /// @param modelId The model.
    /// @param amount How much.
    function lock(uint256 modelId, uint256 amount) external;

    /// @notice Takes locked stake back: it no longer counts, and can be withdrawn after a window.
    /// @param modelId The model.
    /// @param amount How much.
    function unlock(uint256 modelId, uint256 amount) external;

    /// @notice Pays the caller the stake that has waited.
    /// @param modelId The model.
    function withdraw(uint256 modelId) external;

    /// @notice Uses up what a user may call with, mode by mode in their order; only the gateway may.
    /// @param modelId The model.
    /// @param version Its version.
    /// @param user Who called.
    /// @param calls How many calls.
    /// @param epoch When.
    /// @return waived The sum over the calls of their discounts, in basis points.
    /// @return prepaid What had been paid ahead for them, and is now the gateway's.
    function consume(uint256 modelId, uint32 version, address user, uint64 calls, uint64 epoch)
        external
        returns (uint256 waived, uint256 prepaid);

    /// @notice By what right a user makes its next call to a model.
    /// @param modelId The model.
    /// @param version Its version.
    /// @param user Who calls.
    /// @param epoch When.
    /// @return mode The first mode that has calls.
    /// @return remaining How many calls it has; where refused the reason: 1 no right, 2 its calls are used up.
    function authorize(uint256 modelId, uint32 version, address user, uint64 epoch)
        external
        view
        returns (Mode mode, uint64 remaining);

    /// @notice Whether a model's batches ask here.
    /// @param modelId The model.
    /// @return managed Whether it grants anything, or ever sold credits or subscriptions.
    function isManaged(uint256 modelId) external view returns (bool managed);

    /// @notice The epoch that a model's windows are counted from.
    /// @param modelId The model.
    /// @return epoch The epoch in which it was first managed, or 0.
    function originOf(uint256 modelId) external view returns (uint64 epoch);

    /// @notice What a model grants.
    /// @param modelId The model.
    /// @return grants What its owner set; zeros where nothing.
    function grantsOf(uint256 modelId) external view returns (Grants memory grants);

    /// @notice Whether an account is on a model's allowlist.
    /// @param modelId The model.
    /// @param account The account.
    /// @return allowed Whether it is.
    function isAllowed(uint256 modelId, address account) external view returns (bool allowed);

    /// @notice The tokens that a user named for a model.
    /// @param modelId The model.
    /// @param user The user.
    /// @return claim The tokens.
    function claimOf(uint256 modelId, address user) external view returns (Claim memory claim);

    /// @notice An account's stake for a model's gate.
    /// @param modelId The model.
    /// @param account The account.
    /// @return stake What is locked and what is leaving.
    function lockOf(uint256 modelId, address account) external view returns (Lock memory stake);

    /// @notice What a gate has counted.
    /// @param modelId The model.
    /// @param subject A gate's token as `collection * 2^64 + tokenId`, or a staker's address as a number.
    /// @return meter The counts.
    function meterOf(uint256 modelId, uint256 subject) external view returns (Meter memory meter);
}
