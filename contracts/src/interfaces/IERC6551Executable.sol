// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ERC-6551: execution
/// @author mnft
/// @notice How the holder of a token acts as its account.
interface IERC6551Executable {
    /// @notice Makes the account call a contract; for the token's owner.
    /// @param to The contract called.
    /// @param value Coin sent along.
    /// @param data Selector and arguments.
    /// @param operation 0, a call; nothing else is done.
    /// @return result What the contract returned.
    function execute(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation
    ) external payable returns (bytes memory result);
}
