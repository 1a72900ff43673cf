// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC6909TokenSupply} from "@openzeppelin/contracts/token/ERC6909/extensions/draft-ERC6909TokenSupply.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AmountIsZero, NothingOwed} from "../interfaces/Errors.sol";
import {IParameterStore} from "../interfaces/IParameterStore.sol";
import {IPrepaidToken} from "../interfaces/IPrepaidToken.sol";
import {IRights} from "../interfaces/IRights.sol";

/// @title Unit market
/// @author mnft
/// @notice Units of rights at a fixed price each, and what accounts are owed.
abstract contract UnitMarket is ERC6909TokenSupply, IRights {
    using SafeERC20 for IERC20;

    uint256 internal constant _BPS = 10_000;

    IERC20 internal immutable _TOKEN;
    IParameterStore private immutable _PARAMETERS;
    address private immutable _TREASURY;

    mapping(uint256 rightId => mapping(address seller => UnitListing listing)) private _listings;
    mapping(address account => uint256 amount) private _owed;

    /// @notice Fixes what is paid with, and who is paid.
    /// @param token What is paid with.
    /// @param parameters Where the protocol's fee is.
    /// @param treasury Who is owed the protocol fee: the timelock.
    constructor(address token, address parameters, address treasury) {
        _TOKEN = IERC20(token);
        _PARAMETERS = IParameterStore(parameters);
        _TREASURY = treasury;
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
    function listingOf(uint256 rightId, address seller) external view returns (UnitListing memory listing) {
        return _listings[rightId][seller];
    }

    /// @inheritdoc IRights
    function owedTo(address account) external view returns (uint256 amount) {
        return _owed[account];
    }

    function _owe(address account, uint256 amount) internal {
        if (amount > 0) _owed[account] += amount;
    }
}
