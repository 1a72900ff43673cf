// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Taxed token
/// @author mnft
/// @notice A currency that takes a hundredth of each transfer, so that less arrives than was sent.
/// @dev Exists to be refused: a contract that books what was sent owes more than it has.
contract TaxedToken is ERC20, ERC20Burnable {
    uint256 private constant _BPS = 10_000;
    uint256 private constant _TAX_BPS = 100;

    address private immutable _COLLECTOR;

    /// @notice Mints the whole supply to whoever collects the tax.
    /// @param holder Who receives both.
    /// @param supply How much, in the smallest unit (18 decimals).
    constructor(address holder, uint256 supply) ERC20("Taxed Token", "TAXED") {
        _COLLECTOR = holder;
        _mint(holder, supply);
    }

    // The tax rounds down; mints and burns are free.
    function _update(address from, address to, uint256 value) internal override {
        uint256 tax = from == address(0) || to == address(0) ? 0 : Math.mulDiv(value, _TAX_BPS, _BPS);
        super._update(from, to, value - tax);
        if (tax > 0) super._update(from, _COLLECTOR, tax);
    }
}
