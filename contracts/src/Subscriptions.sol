// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC4907} from "./interfaces/IERC4907.sol";
import {ISubscriptions} from "./interfaces/ISubscriptions.sol";
import {PrepaidToken} from "./libraries/PrepaidToken.sol";

/// @title Subscriptions
/// @author mnft
/// @notice Passes: so many calls a period for a price, renewable; the owner may lease one out (ERC-4907).
/// @dev A lease outlives a transfer of the pass: who buys one sees in `userOf` that it is let.
contract Subscriptions is PrepaidToken, ISubscriptions, IERC4907 {
    mapping(uint256 modelId => SubscriptionOffer offer) private _offers;
    mapping(uint256 passId => Lease lease) private _leases;

    /// @notice Fixes who the passes work with, and the times.
    /// @param token What is paid with.
    /// @param registry Whose models the passes are for.
    /// @param revenue Where lapsed calls go.
    /// @param gateway Where used calls go.
    /// @param access The only account that may spend.
    /// @param epochSeconds How long an epoch is.
    /// @param settlementWindowEpochs How many past epochs still settle.
    constructor(
        address token,
        address registry,
        address revenue,
        address gateway,
        address access,
        uint256 epochSeconds,
        uint256 settlementWindowEpochs
    )
        ERC721("Subscriptions", "PASS")
        PrepaidToken(token, registry, revenue, gateway, access, epochSeconds, settlementWindowEpochs)
    {}

    /// @inheritdoc ISubscriptions
    function setOffer(uint256 modelId, SubscriptionOffer calldata offer) external {
        _requireModelOwner(modelId);

        _offers[modelId] = offer;
        emit SubscriptionOffered(modelId, offer);

        _manage(modelId);
    }

    /// @inheritdoc ISubscriptions
    function subscribe(uint256 modelId, uint256 maximumCost) external returns (uint256 passId) {
        return _sell(0, modelId, maximumCost);
    }

    /// @inheritdoc ISubscriptions
    function renew(uint256 passId, uint256 maximumCost) external {
        bool isHolder = _requireOwned(passId) == msg.sender || userOf(passId) == msg.sender;
        require(isHolder, NotPassHolder(passId, msg.sender));
        if (_prepaid[passId].callsLeft > 0) _forfeit(passId);

        _sell(passId, _prepaid[passId].modelId, maximumCost);
    }

    /// @inheritdoc IERC4907
    function setUser(uint256 tokenId, address user, uint64 expires) external {
        address owner = _requireOwned(tokenId);
        address tenant = userOf(tokenId);
        bool givesUp = tenant == msg.sender && user == address(0);
        if (!givesUp) {
            _checkAuthorized(owner, msg.sender, tokenId);
            require(tenant == address(0), LeaseRunning(tokenId, tenant, _leases[tokenId].expires));
        }

        _leases[tokenId] = Lease(user, expires);
        emit UpdateUser(tokenId, user, expires);
    }

    /// @inheritdoc ISubscriptions
    function offerOf(uint256 modelId) external view returns (SubscriptionOffer memory offer) {
        return _offers[modelId];
    }

    /// @inheritdoc IERC4907
    function userExpires(uint256 tokenId) external view returns (uint256 expires) {
        return _leases[tokenId].expires;
    }

    /// @inheritdoc IERC4907
    function userOf(uint256 tokenId) public view returns (address user) {
        return _tenant(tokenId, block.timestamp);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC4907).interfaceId || super.supportsInterface(interfaceId);
    }

    function _sell(uint256 passId, uint256 modelId, uint256 maximumCost) private returns (uint256 sold) {
        SubscriptionOffer memory offer = _offers[modelId];
        require(offer.calls > 0 && offer.periodSeconds > 0, NoOffer(modelId));
        _requireCost(offer.calls, offer.callPrice, maximumCost);

        uint64 expiresAt = uint64(block.timestamp + offer.periodSeconds);
        uint256 cost;
        (sold, cost) =
            _issue(passId, Prepaid(uint64(modelId), offer.calls, expiresAt, 0, true, offer.callPrice));
        emit Subscribed(sold, modelId, msg.sender, offer.calls, cost, expiresAt);
    }

    // While a pass is let its owner has no use of it.
    function _holderOf(uint256 tokenId, uint256 at) internal view override returns (address holder) {
        address tenant = _tenant(tokenId, at);
        return tenant == address(0) ? _ownerOf(tokenId) : tenant;
    }

    function _tenant(uint256 tokenId, uint256 at) private view returns (address user) {
        Lease storage lease = _leases[tokenId];
        return lease.expires >= at ? lease.user : address(0);
    }
}
