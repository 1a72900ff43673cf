// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Marketplace
/// @author mnft
/// @notice Models change owners at a fixed price; the royalty of the resale goes to those who made them.
/// @dev Amounts are in the smallest unit of the settlement token, shares in basis points.
interface IMarketplace {
    /// @notice What an owner asks for a model, until when, and how often the model had changed hands before.
    struct Listing {
        address seller;
        uint16 royaltyShareBps;
        uint64 expiresAt;
        uint128 price;
        uint64 transfers;
    }

    /// @notice A model is for sale, in place of any earlier listing of it.
    /// @param modelId The model.
    /// @param seller Its owner.
    /// @param price What a buyer pays in all.
    /// @param royaltyShareBps The share of the ERC-2981 royalty that the seller will pay.
    /// @param expiresAt The last second in which it can be bought.
    event ModelListed(
        uint256 indexed modelId, address indexed seller, uint128 price, uint16 royaltyShareBps, uint64 expiresAt
    );

    /// @notice A model is no longer for sale.
    /// @param modelId The model.
    /// @param seller Who had listed it.
    event ListingCancelled(uint256 indexed modelId, address indexed seller);

    /// @notice A model was sold; the seller is owed what the fee and the royalty leave.
    /// @param modelId The model.
    /// @param seller Who sold it.
    /// @param buyer Who owns it now.
    /// @param price What the buyer paid.
    /// @param protocolFee The treasury's part.
    /// @param royalty The part of the model's accrual.
    /// @param royaltyDue What ERC-2981 asked for.
    event ModelSold(
        uint256 indexed modelId,
        address indexed seller,
        address indexed buyer,
        uint256 price,
        uint256 protocolFee,
        uint256 royalty,
        uint256 royaltyDue
    );

    /// @notice An account received what sales owed it.
    /// @param account The account.
    /// @param amount How much.
    event ProceedsPaid(address indexed account, uint256 amount);

    /// @notice The account of a model has acted since the buyer looked: what it held may be gone.
    /// @param modelId The model.
    /// @param expected How often it had acted when the buyer looked.
    /// @param state How often it has now.
    error AccountChanged(uint256 modelId, uint256 expected, uint256 state);

    /// @notice The last second of a listing is over.
    /// @param modelId The model.
    /// @param expiresAt The last second in which it could be bought.
    error ListingExpired(uint256 modelId, uint64 expiresAt);

    /// @notice The model changed hands since it was listed, whoever has it now.
    /// @param modelId The model.
    /// @param listedAfter How often it had changed hands when it was listed.
    /// @param transfers How often it has now.
    error ListingStale(uint256 modelId, uint64 listedAfter, uint64 transfers);

    /// @notice The marketplace may not move the model.
    /// @param modelId The model.
    error MarketplaceNotApproved(uint256 modelId);

    /// @notice The model is not for sale.
    /// @param modelId The model.
    error NotListed(uint256 modelId);

    /// @notice Only the one who listed it, or its owner, may withdraw a listing.
    /// @param modelId The model.
    /// @param caller Who tried.
    error NotSeller(uint256 modelId, address caller);

    /// @notice The price is not the one that the buyer has seen.
    /// @param modelId The model.
    /// @param expected What the buyer has seen.
    /// @param price What is asked.
    error PriceChanged(uint256 modelId, uint256 expected, uint256 price);

    /// @notice Nobody buys from itself.
    /// @param modelId The model.
    error SellerIsBuyer(uint256 modelId);

    /// @notice The share of the royalty is above all of it, or below what governance asks for.
    /// @param royaltyShareBps The share.
    /// @param minimum What governance asks for.
    error RoyaltyShareOutOfRange(uint256 royaltyShareBps, uint256 minimum);

    /// @notice Puts a model up for sale; its owner may, keeps it until it is sold, and lists it again to change terms.
    /// @param modelId The model.
    /// @param price What a buyer pays in all.
    /// @param royaltyShareBps The share of the royalty that will be paid; governance sets the least.
    /// @param expiresAt The last second in which it can be bought.
    function list(uint256 modelId, uint128 price, uint16 royaltyShareBps, uint64 expiresAt) external;

    /// @notice Withdraws a listing; the one who listed may, and the model's owner.
    /// @param modelId The model.
    function cancel(uint256 modelId) external;

    /// @notice Buys a model; the price is pulled by allowance. What it had accrued is distributed before it moves.
    /// @param modelId The model.
    /// @param expectedPrice The price that the buyer has seen.
    function buy(uint256 modelId, uint256 expectedPrice) external;

    /// @notice Buys a model with what its account holds: as `buy`, unless the account has acted meanwhile.
    /// @dev Nobody else moves what an account holds, but those it has approved: whoever buys looks for approvals, too.
    /// @param modelId The model.
    /// @param expectedPrice The price that the buyer has seen.
    /// @param expectedState How often the account had acted when the buyer looked.
    function buyWithAccount(uint256 modelId, uint256 expectedPrice, uint256 expectedState) external;

    /// @notice Pays an account all that sales owe it; anyone may trigger it.
    /// @param account The account.
    function withdraw(address account) external;

    /// @notice What is asked for a model; zeros where it is not for sale.
    /// @param modelId The model.
    /// @return listing Seller, share of the royalty, last second, price and transfers before it.
    function listingOf(uint256 modelId) external view returns (Listing memory listing);

    /// @notice What an account may withdraw.
    /// @param account The account.
    /// @return amount How much.
    function owedTo(address account) external view returns (uint256 amount);
}
