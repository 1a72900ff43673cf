// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";

/// @title Stable token
/// @author mnft
/// @notice A currency with six decimals, as those that follow a dollar have.
contract StableToken is ERC20, ERC20Burnable {
    /// @notice Mints the whole supply.
    /// @param holder Who receives it.
    /// @param supply How much, in the smallest unit (6 decimals).
    constructor(address holder, uint256 supply) ERC20("Stable Token", "STABLE") {
        _mint(holder, supply);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
