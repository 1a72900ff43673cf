// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ERC-6551: token-bound account
/// @author mnft
/// @notice What anyone may ask of an account that belongs to a token.
interface IERC6551Account {
    /// @notice Takes coin.
    receive() external payable;

    /// @notice A number that is another after each action.
    /// @return count How many actions there were.
    function state() external view returns (uint256 count);

    /// @notice The token that the account belongs to.
    /// @return chainId The chain of the token.
    /// @return tokenContract Its contract.
    /// @return tokenId Its number.
    function token() external view returns (uint256 chainId, address tokenContract, uint256 tokenId);

    /// @notice Whether an account may act for the token.
    /// @param signer The account asked about.
    /// @param context Not read.
    /// @return magic 0x523e3260 where it may.
    function isValidSigner(address signer, bytes calldata context) external view returns (bytes4 magic);
}
