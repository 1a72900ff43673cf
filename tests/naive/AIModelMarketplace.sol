// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title AIModelMarketplace
/// @notice "Model Marketplace" of ZIP-6, as published. What the sample leaves out is marked ADDED.
contract AIModelMarketplace {
    struct ModelListing {
        uint256 tokenId;
        address seller;
        uint256 price;
        bool forLease;
        uint256 leaseDuration;
        uint256 leasePrice;
        string[] specializations;
        uint256 performance;
    }

    /// @notice ADDED: the fields that `leaseModel` writes.
    struct Lease {
        address lessee;
        uint256 expiry;
        uint256 payment;
    }

    mapping(uint256 => ModelListing) public listings;
    mapping(uint256 => Lease) public leases;
    address public modelNFT;

    event ModelSold(uint256 tokenId, address seller, address buyer, uint256 price);
    event ModelLeased(uint256 tokenId, address lessee, uint256 duration, uint256 payment);

    /// @notice ADDED: the sample does not say where its models are.
    constructor(address modelNFT_) {
        modelNFT = modelNFT_;
    }

    /// @notice ADDED: the sample has no function that lists; this one asks for more than it says, the owner.
    function listModel(ModelListing calldata listing) external {
        require(IERC721(modelNFT).ownerOf(listing.tokenId) == msg.sender, "Not owner");
        require(listing.seller == msg.sender, "Not seller");
        listings[listing.tokenId] = listing;
    }

    // Buy AI Model NFT
    function buyModel(uint256 tokenId) external payable {
        ModelListing memory listing = listings[tokenId];
        require(msg.value >= listing.price, "Insufficient payment");

        // Transfer NFT
        IERC721(modelNFT).safeTransferFrom(listing.seller, msg.sender, tokenId);

        // Transfer payment
        payable(listing.seller).transfer(msg.value);

        emit ModelSold(tokenId, listing.seller, msg.sender, msg.value);
    }

    // Lease AI Model for specific duration
    function leaseModel(uint256 tokenId, uint256 duration) external payable {
        ModelListing memory listing = listings[tokenId];
        require(listing.forLease, "Not available for lease");
        require(msg.value >= listing.leasePrice * duration, "Insufficient payment");

        // Create lease contract
        leases[tokenId] = Lease({lessee: msg.sender, expiry: block.timestamp + duration, payment: msg.value});

        emit ModelLeased(tokenId, msg.sender, duration, msg.value);
    }
}
