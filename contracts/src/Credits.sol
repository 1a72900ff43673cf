// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {AmountIsZero} from "./interfaces/Errors.sol";
import {ICredits} from "./interfaces/ICredits.sol";
import {IGateway} from "./interfaces/IGateway.sol";
import {PrepaidToken} from "./libraries/PrepaidToken.sol";

/// @title Inference credits
/// @author mnft
/// @notice Calls by the piece, paid ahead: an ERC-721 token each, with an expiry, transferable or not.
contract Credits is PrepaidToken, ICredits {
    using SafeERC20 for IERC20;

    mapping(uint256 modelId => CreditOffer offer) private _offers;

    /// @notice Fixes who the credits work with, and the times.
    /// @param token What is paid with.
    /// @param registry Whose versions the credits are for.
    /// @param revenue Where lapsed credits go.
    /// @param gateway Where used credits go.
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
        ERC721("Inference credits", "CREDIT")
        PrepaidToken(token, registry, revenue, gateway, access, epochSeconds, settlementWindowEpochs)
    {}

    /// @inheritdoc ICredits
    function setOffer(uint256 modelId, CreditOffer calldata offer) external {
        _requireModelOwner(modelId);
        _requireServable(modelId, offer.version);

        _offers[modelId] = offer;
        emit CreditsOffered(modelId, offer);

        _manage(modelId);
    }

    /// @inheritdoc ICredits
    function buy(uint256 modelId, uint64 calls, uint256 maximumCost) external returns (uint256 creditId) {
        CreditOffer memory offer = _offers[modelId];
        require(offer.validSeconds > 0, NoOffer(modelId));
        require(calls > 0, AmountIsZero());
        _requireServable(modelId, offer.version);
        _requireCost(calls, offer.callPrice, maximumCost);

        uint64 expiresAt = uint64(block.timestamp + offer.validSeconds);
        uint256 cost;
        (creditId, cost) = _issue(
            0, Prepaid(uint64(modelId), calls, expiresAt, offer.version, offer.transferable, offer.callPrice)
        );
        emit CreditsBought(creditId, modelId, msg.sender, calls, cost, expiresAt);
    }

    /// @inheritdoc ICredits
    function refund(uint256 creditId) external {
        require(_requireOwned(creditId) == msg.sender, NotCreditOwner(creditId, msg.sender));
        Prepaid storage credit = _prepaid[creditId];
        bool isServable = credit.version == 0 || _REGISTRY.isServable(credit.modelId, credit.version);
        require(!isServable, StillServable(creditId));
        uint64 calls = credit.callsLeft;
        require(calls > 0, NothingLeft(creditId));
        uint256 amount = uint256(calls) * credit.callPrice;

        credit.callsLeft = 0;
        emit CreditsRefunded(creditId, msg.sender, calls, amount);

        _TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc ICredits
    function offerOf(uint256 modelId) external view returns (CreditOffer memory offer) {
        return _offers[modelId];
    }

    function _update(address to, uint256 tokenId, address authorized) internal override returns (address previous) {
        bool isBound = _ownerOf(tokenId) != address(0) && !_prepaid[tokenId].transferable;
        require(!isBound, NotTransferable(tokenId));
        return super._update(to, tokenId, authorized);
    }

    function _requireServable(uint256 modelId, uint32 version) private view {
        bool isServable = version == 0 || _REGISTRY.isServable(modelId, version);
        require(isServable, IGateway.VersionNotServable(modelId, version));
    }
}
