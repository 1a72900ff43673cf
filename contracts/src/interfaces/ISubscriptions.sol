// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Subscriptions
/// @author mnft
/// @notice Passes: so many calls a period for a price, renewable; the owner may lease one out (ERC-4907).
/// @dev Amounts are in the smallest unit of the settlement token, times in Unix seconds.
interface ISubscriptions {
    /// @notice What a model's owner sells; `calls` or `periodSeconds` 0 means nothing.
    /// @dev A period costs `calls * callPrice`, used or not.
    struct SubscriptionOffer {
        uint128 callPrice;
        uint64 calls;
        uint32 periodSeconds;
    }

    /// @notice Who uses a pass, and until when.
    struct Lease {
        address user;
        uint64 expires;
    }

    /// @notice A model's owner offers subscriptions, or no longer.
    /// @param modelId The model.
    /// @param offer The terms.
    event SubscriptionOffered(uint256 indexed modelId, SubscriptionOffer offer);

    /// @notice A period was sold, with a new pass or for one that there is.
    /// @param passId The pass.
    /// @param modelId The model.
    /// @param buyer Who paid.
    /// @param calls How many calls the period includes.
    /// @param cost What it cost.
    /// @param expiresAt Its last second.
    event Subscribed(
        uint256 indexed passId,
        uint256 indexed modelId,
        address indexed buyer,
        uint64 calls,
        uint256 cost,
        uint64 expiresAt
    );

    /// @notice The pass is let to somebody, and nobody may end that but them.
    /// @param passId The pass.
    /// @param user Who uses it.
    /// @param expires The last second of the lease.
    error LeaseRunning(uint256 passId, address user, uint64 expires);

    /// @notice Only the pass's owner or user may do this.
    /// @param passId The pass.
    /// @param caller Who tried.
    error NotPassHolder(uint256 passId, address caller);

    /// @notice Says what a period costs from now on; the model's owner may. Periods that were sold stay as they are.
    /// @param modelId The model.
    /// @param offer The terms; `calls` or `periodSeconds` 0 ends the sale.
    function setOffer(uint256 modelId, SubscriptionOffer calldata offer) external;

    /// @notice Buys a pass for a period; the tokens are pulled by allowance.
    /// @param modelId The model.
    /// @param maximumCost What the buyer pays at most.
    /// @return passId The new pass.
    function subscribe(uint256 modelId, uint256 maximumCost) external returns (uint256 passId);

    /// @notice Begins a new period of a pass now; its owner or user may. What the old one had left lapses.
    /// @param passId The pass.
    /// @param maximumCost What the caller pays at most.
    function renew(uint256 passId, uint256 maximumCost) external;

    /// @notice What a model's owner offers.
    /// @param modelId The model.
    /// @return offer The terms; zeros where nothing is offered.
    function offerOf(uint256 modelId) external view returns (SubscriptionOffer memory offer);
}
