// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ERC-5192: minimal soulbound tokens
/// @author mnft
/// @notice Tokens that say whether they can be transferred.
interface IERC5192 {
    /// @notice The token cannot be transferred.
    /// @param tokenId The token.
    event Locked(uint256 tokenId);

    /// @notice The token can be transferred.
    /// @param tokenId The token.
    event Unlocked(uint256 tokenId);

    /// @notice Whether a token cannot be transferred; asking for one that does not exist is refused.
    /// @param tokenId The token.
    /// @return isLocked True where it stays where it is.
    function locked(uint256 tokenId) external view returns (bool isLocked);
}
