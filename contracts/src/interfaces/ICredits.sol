// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Inference credits
/// @author mnft
/// @notice Calls by the piece, paid ahead: an ERC-721 token each, with an expiry, transferable or not.
/// @dev Amounts are in the smallest unit of the settlement token, times in Unix seconds.
interface ICredits {
    /// @notice What a model's owner sells; `validSeconds` 0 means nothing.
    /// @dev `version` 0 means any version of the model.
    struct CreditOffer {
        uint128 callPrice;
        uint32 validSeconds;
        uint32 version;
        bool transferable;
    }

    /// @notice A model's owner offers credits, or no longer.
    /// @param modelId The model.
    /// @param offer The terms.
    event CreditsOffered(uint256 indexed modelId, CreditOffer offer);

    /// @notice Credits were sold.
    /// @param creditId The new token.
    /// @param modelId The model.
    /// @param buyer Who paid, and owns the token.
    /// @param calls How many calls.
    /// @param cost What they cost.
    /// @param expiresAt The last second in which they may be made.
    event CreditsBought(
        uint256 indexed creditId,
        uint256 indexed modelId,
        address indexed buyer,
        uint64 calls,
        uint256 cost,
        uint64 expiresAt
    );

    /// @notice The version is no longer served, and its credits were paid back.
    /// @param creditId The token.
    /// @param owner Who was paid.
    /// @param calls How many calls were left.
    /// @param amount What they had cost.
    event CreditsRefunded(uint256 indexed creditId, address indexed owner, uint64 calls, uint256 amount);

    /// @notice Only the token's owner may do this.
    /// @param creditId The token.
    /// @param caller Who tried.
    error NotCreditOwner(uint256 creditId, address caller);

    /// @notice The token stays with whom it was sold to.
    /// @param creditId The token.
    error NotTransferable(uint256 creditId);

    /// @notice The credits can still be used.
    /// @param creditId The token.
    error StillServable(uint256 creditId);

    /// @notice Says what credits cost from now on; the model's owner may. Those that were sold stay as they are.
    /// @param modelId The model.
    /// @param offer The terms; `validSeconds` 0 ends the sale.
    function setOffer(uint256 modelId, CreditOffer calldata offer) external;

    /// @notice Buys credits; the tokens are pulled by allowance.
    /// @param modelId The model.
    /// @param calls How many calls.
    /// @param maximumCost What the buyer pays at most.
    /// @return creditId The new token.
    function buy(uint256 modelId, uint64 calls, uint256 maximumCost) external returns (uint256 creditId);

    /// @notice Pays back what is left of credits whose version is deprecated; the token's owner may.
    /// @param creditId The token.
    function refund(uint256 creditId) external;

    /// @notice What a model's owner offers.
    /// @param modelId The model.
    /// @return offer The terms; zeros where nothing is offered.
    function offerOf(uint256 modelId) external view returns (CreditOffer memory offer);
}
