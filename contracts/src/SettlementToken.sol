// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

/// @title Settlement token
/// @author mnft
/// @notice The one currency of the protocol: fees, stakes, votes. No mint after deployment; anyone may burn their own.
contract SettlementToken is ERC20, ERC20Burnable, ERC20Permit, ERC20Votes {
    /// @notice Mints the whole supply.
    /// @param holder Who receives it.
    /// @param supply How much, in the smallest unit (18 decimals).
    constructor(address holder, uint256 supply) ERC20("Model NFT Token", "MNFT") ERC20Permit("Model NFT Token") {
        _mint(holder, supply);
    }

    /// @notice The next nonce with which an account may sign a permit or a delegation.
    /// @param owner The account that signs.
    /// @return The nonce.
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @notice Votes are counted by time.
    /// @return Seconds since 1970, of the current block.
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @notice The clock's unit, as ERC-6372 spells it.
    /// @return mode "mode=timestamp".
    function CLOCK_MODE() public pure override returns (string memory mode) { // solhint-disable-line func-name-mixedcase
        return "mode=timestamp";
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
