// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ERC-4907: a token's user besides its owner, until a time
/// @author EIP-4907
/// @notice The owner lets somebody use a token without giving it away.
interface IERC4907 {
    /// @notice A token has another user, or until another time.
    /// @param tokenId The token.
    /// @param user The user, or zero.
    /// @param expires The last second of the use.
    event UpdateUser(uint256 indexed tokenId, address indexed user, uint64 expires);

    /// @notice Lets somebody use a token.
    /// @param tokenId The token.
    /// @param user Who, or zero for nobody.
    /// @param expires The last second of the use, in Unix seconds.
    function setUser(uint256 tokenId, address user, uint64 expires) external;

    /// @notice Who uses a token now.
    /// @param tokenId The token.
    /// @return user The user, or zero where there is none or the time is over.
    function userOf(uint256 tokenId) external view returns (address user);

    /// @notice Until when a token has a user.
    /// @param tokenId The token.
    /// @return expires The last second of the use, in Unix seconds.
    function userExpires(uint256 tokenId) external view returns (uint256 expires);
}
