// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC6909TokenSupply} from "@openzeppelin/contracts/token/ERC6909/extensions/draft-ERC6909TokenSupply.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AmountIsZero, NothingOwed, NotModelOwner} from "./interfaces/Errors.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IPrepaidToken} from "./interfaces/IPrepaidToken.sol";
import {IRights} from "./interfaces/IRights.sol";

/// @title Rights
/// @author mnft
/// @notice Fine-tune, inference, revenue and weights rights of models, as tokens of their own (ERC-6909).
/// @dev The token balance is always at least what is owed.
/// ERC-6909 and not ERC-1155: it calls no receiver, so no foreign code runs within a transfer, and no guard against
/// re-entrancy is needed. The one token is OpenZeppelin's ERC-20, and every other contract is one of the deployment.
contract Rights is ERC6909TokenSupply, IRights {
    using SafeERC20 for IERC20;

    uint8 private constant _INFERENCE = 1;
    uint8 private constant _REVENUE_SHARE = 2;
    uint8 private constant _KINDS = 4;
    uint256 private constant _BPS = 10_000;

    IERC20 private immutable _TOKEN;
    IParameterStore private immutable _PARAMETERS;
    address private immutable _TREASURY;
    IERC721 private immutable _REGISTRY;

    mapping(uint256 rightId => RightTerms terms) private _terms;
    mapping(uint256 rightId => uint256 units) private _issued;
    mapping(uint256 rightId => mapping(address seller => UnitListing listing)) private _listings;
    mapping(address account => uint256 amount) private _owed;

    /// @notice Fixes what is paid with, who is paid, and whose rights these are.
    /// @param token What is paid with.
    /// @param parameters Where the protocol's fee is.
    /// @param treasury Who is owed the protocol fee: the timelock.
    /// @param registry Who owns a model.
    constructor(address token, address parameters, address treasury, address registry) {
        _TOKEN = IERC20(token);
        _PARAMETERS = IParameterStore(parameters);
        _TREASURY = treasury;
        _REGISTRY = IERC721(registry);
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
    function list(uint256 rightId, uint64 units, uint128 unitPrice, uint64 expiresAt) external {
        if (units > 0) {
            require(unitPrice > 0, AmountIsZero());
            require(block.timestamp <= expiresAt, ListingOver(rightId, expiresAt));
            uint256 balance = balanceOf(msg.sender, rightId);
            require(units <= balance, ERC6909InsufficientBalance(msg.sender, balance, units, rightId));
        }

        _listings[rightId][msg.sender] = UnitListing(units, expiresAt, unitPrice);
        emit UnitsListed(rightId, msg.sender, units, unitPrice, expiresAt);
    }

    /// @inheritdoc IRights
    function buy(uint256 rightId, address seller, uint256 units, uint256 maximumCost) external {
        require(units > 0, AmountIsZero());
        UnitListing storage listing = _listings[rightId][seller];
        uint64 listed = listing.units;
        require(units <= listed, NotSoMany(rightId, seller, listed, units));
        uint64 expiresAt = listing.expiresAt;
        require(block.timestamp <= expiresAt, ListingOver(rightId, expiresAt));
        uint256 amount = units * listing.unitPrice;
        require(amount <= maximumCost, IPrepaidToken.CostAboveMaximum(amount, maximumCost));

        listing.units = listed - uint64(units);
        // The tokens come first: the token refuses more than its supply, so no sum below overflows.
        _TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        _transfer(seller, msg.sender, rightId, units);
        uint256 protocolFee = Math.mulDiv(amount, _PARAMETERS.get("protocolFeeBps"), _BPS);
        _owe(_TREASURY, protocolFee);
        _owe(seller, amount - protocolFee);
        emit UnitsSold(rightId, seller, msg.sender, units, amount, protocolFee);
    }

    /// @inheritdoc IRights
    function withdraw(address account) external {
        uint256 amount = _owed[account];
        require(amount > 0, NothingOwed(account));

        _owed[account] = 0;
        emit RightsPaid(account, amount);

        _TOKEN.safeTransfer(account, amount);
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
    function listingOf(uint256 rightId, address seller) external view returns (UnitListing memory listing) {
        return _listings[rightId][seller];
    }

    /// @inheritdoc IRights
    function owedTo(address account) external view returns (uint256 amount) {
        return _owed[account];
    }

    /// @inheritdoc IRights
    function idOf(uint256 modelId, uint8 kind) external pure returns (uint256 rightId) {
        return _idOf(modelId, kind);
    }

    /// @inheritdoc IRights
    function holds(uint256 modelId, uint8 kind, address account) external view returns (bool held) {
        return balanceOf(account, _idOf(modelId, kind)) > 0;
    }

    function _owe(address account, uint256 amount) private {
        if (amount > 0) _owed[account] += amount;
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
