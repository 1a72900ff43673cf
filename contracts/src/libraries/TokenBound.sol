// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Token-bound addresses
/// @author mnft
/// @notice The code of an ERC-6551 account, from which its address follows.
library TokenBound {
    /// @notice Where an account is, or will be.
    /// @param accounts The contract that creates accounts.
    /// @param salt Tells accounts of one token apart.
    /// @param code The account's creation code.
    /// @return computed The address.
    function addressOf(address accounts, bytes32 salt, bytes memory code) internal pure returns (address computed) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", accounts, salt, keccak256(code))))));
    }

    /// @notice The creation code of an account: a minimal proxy, and behind it what it belongs to.
    /// @param implementation The code that it runs.
    /// @param salt Tells accounts of one token apart.
    /// @param chainId The chain of the token.
    /// @param tokenContract The token's contract.
    /// @param tokenId The token.
    /// @return code The code.
    function creationCode(
        address implementation,
        bytes32 salt,
        uint256 chainId,
        address tokenContract,
        uint256 tokenId
    ) internal pure returns (bytes memory code) {
        return
            abi.encodePacked(
                hex"3d60ad80600a3d3981f3363d3d373d3d3d363d73",
                implementation,
                hex"5af43d82803e903d91602b57fd5bf3",
                abi.encode(salt, chainId, tokenContract, tokenId)
            );
    }
}
