// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IBadges} from "./interfaces/IBadges.sol";
import {IERC5192} from "./interfaces/IERC5192.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";

/// @title Badges
/// @author mnft
/// @notice A soulbound token per contributor of a model: what the registry records, in the contributor's own wallet.
contract Badges is ERC721, IBadges {
    IModelRegistry private immutable _REGISTRY;

    uint256 private _count;
    mapping(uint256 badgeId => Badge badge) private _badges;
    mapping(uint256 modelId => mapping(address contributor => uint256 badgeId)) private _badgeIds;

    /// @notice Fixes where models are.
    /// @param registry Who contributed to which model.
    constructor(IModelRegistry registry) ERC721("Model NFT Contributor", "CONTRIBUTOR") {
        _REGISTRY = registry;
    }

    /// @inheritdoc IBadges
    function award(uint256 modelId, address contributor) external returns (uint256 badgeId) {
        uint16 shareBps = _shareOf(modelId, contributor);
        uint256 known = _badgeIds[modelId][contributor];
        require(known == 0, BadgeKnown(known));

        badgeId = ++_count;
        _badges[badgeId] = Badge(modelId, contributor, shareBps, uint64(block.timestamp));
        _badgeIds[modelId][contributor] = badgeId;
        _mint(contributor, badgeId);
        emit Locked(badgeId);
        emit BadgeAwarded(badgeId, modelId, contributor, shareBps);
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool isLocked) {
        _requireOwned(tokenId);
        return true;
    }

    /// @inheritdoc IBadges
    function badgeOf(uint256 badgeId) external view returns (Badge memory badge) {
        _requireOwned(badgeId);
        return _badges[badgeId];
    }

    /// @inheritdoc IBadges
    function badgeIdOf(uint256 modelId, address contributor) external view returns (uint256 badgeId) {
        return _badgeIds[modelId][contributor];
    }

    /// @inheritdoc IBadges
    function count() external view returns (uint256 badges) {
        return _count;
    }

    /// @notice Where a badge is described: its model's document names contributors and shares.
    /// @param tokenId The badge.
    /// @return metadataURI The model's.
    function tokenURI(uint256 tokenId) public view override returns (string memory metadataURI) {
        _requireOwned(tokenId);
        return IERC721Metadata(address(_REGISTRY)).tokenURI(_badges[tokenId].modelId);
    }

    /// @notice Whether the contract implements an interface (ERC-165).
    /// @param interfaceId The interface.
    /// @return supported True for ERC-721, its metadata and ERC-5192.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool supported) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        require(_ownerOf(tokenId) == address(0), BadgeIsSoulbound(tokenId));
        return super._update(to, tokenId, auth);
    }

    function _shareOf(uint256 modelId, address contributor) private view returns (uint16 shareBps) {
        (address[] memory contributors, uint16[] memory sharesBps) = _REGISTRY.contributorsOf(modelId);
        for (uint256 i = 0; i < contributors.length; ++i) {
            if (contributors[i] == contributor) return sharesBps[i];
        }
        revert NotContributor(modelId, contributor);
    }
}
