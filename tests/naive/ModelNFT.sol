// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title ModelNFT
/// @notice The two minting functions of ZIP-6's interface IZRCAI. ADDED: their bodies, the least that they can be.
contract ModelNFT is ERC721 {
    mapping(uint256 tokenId => bytes32 modelHash) public modelHashOf;
    uint256 private _count;

    constructor() ERC721("AI Model", "AIM") {}

    function mintModel(address to, bytes32 baseModel) external returns (uint256) {
        modelHashOf[++_count] = baseModel;
        _mint(to, _count);
        return _count;
    }

    function forkModel(uint256 tokenId) external returns (uint256 newTokenId) {
        modelHashOf[++_count] = modelHashOf[tokenId];
        _mint(msg.sender, _count);
        return _count;
    }
}
