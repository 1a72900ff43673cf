// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AmountIsZero, NothingOwed, NotModelOwner} from "./interfaces/Errors.sol";
import {IMarketplace} from "./interfaces/IMarketplace.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IRevenue} from "./interfaces/IRevenue.sol";
import {ITokenBoundAccounts} from "./interfaces/ITokenBoundAccounts.sol";

/// @title Marketplace
/// @author mnft
/// @notice Models change owners at a fixed price; the royalty of the resale goes to those who made them.
/// @dev The token balance is always at least what is owed.
/// A seller keeps the model until it is sold, for as its owner it sets terms and may be paid: the marketplace only has
/// its approval. A listing ends with its last second, and with any transfer, also where the model comes back: it
/// belongs to the count of transfers under which it was made.
/// No guard against re-entrancy is needed: neither the token nor the registry calls an account.
/// Both are ours and revert where they cannot move, so what a transfer returns says nothing more.
contract Marketplace is IMarketplace {
    uint256 private constant _BPS = 10_000;

    IERC20 private immutable _TOKEN;
    IParameterStore private immutable _PARAMETERS;
    address private immutable _TREASURY;
    IModelRegistry private immutable _REGISTRY;
    IRevenue private immutable _REVENUE;
    IRevenue private immutable _STABLE_REVENUE;
    ITokenBoundAccounts private immutable _ACCOUNTS;

    mapping(uint256 modelId => Listing listing) private _listings;
    mapping(address account => uint256 amount) private _owed;

    /// @notice Fixes what is sold, what is paid with, and who is paid.
    /// @param token What is paid with.
    /// @param parameters Where the protocol's fee and the least share of a royalty are.
    /// @param treasury Who is owed the protocol fee: the timelock.
    /// @param registry Whose models are sold, and which royalty they ask for.
    /// @param revenue Where royalties go.
    /// @param stableRevenue Where models accrue what they are paid in the stable token.
    /// @param accounts What knows how often models' accounts have acted.
    constructor(
        address token,
        address parameters,
        address treasury,
        address registry,
        address revenue,
        address stableRevenue,
        address accounts
    ) {
        _TOKEN = IERC20(token);
        _PARAMETERS = IParameterStore(parameters);
        _TREASURY = treasury;
        _REGISTRY = IModelRegistry(registry);
        _REVENUE = IRevenue(revenue);
        _STABLE_REVENUE = IRevenue(stableRevenue);
        _ACCOUNTS = ITokenBoundAccounts(accounts);
    }

    /// @inheritdoc IMarketplace
    function list(uint256 modelId, uint128 price, uint16 royaltyShareBps, uint64 expiresAt) external {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        require(price > 0, AmountIsZero());
        _requireShare(royaltyShareBps);
        require(block.timestamp <= expiresAt, ListingExpired(modelId, expiresAt));
        require(
            _REGISTRY.getApproved(modelId) == address(this)
                || _REGISTRY.isApprovedForAll(msg.sender, address(this)),
            MarketplaceNotApproved(modelId)
        );

        uint64 transfers = _REGISTRY.transfersOf(modelId);
        _listings[modelId] = Listing(msg.sender, royaltyShareBps, expiresAt, price, transfers);
        emit ModelListed(modelId, msg.sender, price, royaltyShareBps, expiresAt);
    }

    /// @inheritdoc IMarketplace
    function cancel(uint256 modelId) external {
        address seller = _listings[modelId].seller;
        require(seller != address(0), NotListed(modelId));
        require(seller == msg.sender || _REGISTRY.ownerOf(modelId) == msg.sender, NotSeller(modelId, msg.sender));

        delete _listings[modelId];
        emit ListingCancelled(modelId, seller);
    }

    /// @inheritdoc IMarketplace
    function buy(uint256 modelId, uint256 expectedPrice) external {
        _buy(modelId, expectedPrice);
    }

    /// @inheritdoc IMarketplace
    function buyWithAccount(uint256 modelId, uint256 expectedPrice, uint256 expectedState) external {
        uint256 state = _ACCOUNTS.stateOf(modelId);
        require(state == expectedState, AccountChanged(modelId, expectedState, state));
        _buy(modelId, expectedPrice);
    }

    /// @inheritdoc IMarketplace
    function withdraw(address account) external {
        uint256 amount = _owed[account];
        require(amount > 0, NothingOwed(account));

        _owed[account] = 0;
        emit ProceedsPaid(account, amount);

        _TOKEN.transfer(account, amount);
    }

    /// @inheritdoc IMarketplace
    function listingOf(uint256 modelId) external view returns (Listing memory listing) {
        return _listings[modelId];
    }

    /// @inheritdoc IMarketplace
    function owedTo(address account) external view returns (uint256 amount) {
        return _owed[account];
    }

    function _buy(uint256 modelId, uint256 expectedPrice) private {
        Listing memory listing = _listings[modelId];
        require(listing.seller != address(0), NotListed(modelId));
        uint64 transfers = _REGISTRY.transfersOf(modelId);
        require(transfers == listing.transfers, ListingStale(modelId, listing.transfers, transfers));
        require(block.timestamp <= listing.expiresAt, ListingExpired(modelId, listing.expiresAt));
        require(listing.seller != msg.sender, SellerIsBuyer(modelId));
        require(listing.price == expectedPrice, PriceChanged(modelId, expectedPrice, listing.price));
        // Governance may have raised the share since: the seller has to agree to it.
        _requireShare(listing.royaltyShareBps);

        delete _listings[modelId];
        // The tokens come first: the token refuses more than its supply, so no sum below overflows.
        _TOKEN.transferFrom(msg.sender, address(this), listing.price);
        // What was earned before the sale is the seller's, where revenue goes to the owner.
        if (_REVENUE.accruedOf(modelId) > 0) _REVENUE.distribute(modelId);
        if (_STABLE_REVENUE.accruedOf(modelId) > 0) _STABLE_REVENUE.distribute(modelId);
        _settle(modelId, listing);
        _REGISTRY.transferFrom(listing.seller, msg.sender, modelId);
    }

    // Each part rounds down, the seller gets the rest. Governance and the owner choose fee and royalty apart:
    // their bounds leave at least 70 %.
    function _settle(uint256 modelId, Listing memory listing) private {
        uint256 protocolFee = Math.mulDiv(listing.price, _PARAMETERS.get("protocolFeeBps"), _BPS);
        (, uint256 royaltyDue) = _REGISTRY.royaltyInfo(modelId, listing.price);
        uint256 royalty = Math.mulDiv(royaltyDue, listing.royaltyShareBps, _BPS);
        _owe(_TREASURY, protocolFee);
        _owe(listing.seller, listing.price - protocolFee - royalty);
        emit ModelSold(modelId, listing.seller, msg.sender, listing.price, protocolFee, royalty, royaltyDue);

        if (royalty == 0) return;
        _TOKEN.approve(address(_REVENUE), royalty);
        _REVENUE.payModel(modelId, royalty);
    }

    function _owe(address account, uint256 amount) private {
        if (amount > 0) _owed[account] += amount;
    }

    function _requireShare(uint256 royaltyShareBps) private view {
        uint256 minimum = _PARAMETERS.get("resaleRoyaltyShareBps");
        require(
            royaltyShareBps >= minimum && royaltyShareBps <= _BPS, RoyaltyShareOutOfRange(royaltyShareBps, minimum)
        );
    }
}
