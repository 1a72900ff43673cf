// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Prepaid token
/// @author mnft
/// @notice Calls of one model that were paid for before they are made; the money waits here until they are.
/// @dev Amounts are in the smallest unit of the settlement token, times in Unix seconds.
interface IPrepaidToken is IERC721 {
    /// @notice What a token is good for.
    /// @dev `version` 0 means any version. `expiresAt` is the last second in which a call may be made.
    struct Prepaid {
        uint64 modelId;
        uint64 callsLeft;
        uint64 expiresAt;
        uint32 version;
        bool transferable;
        uint128 callPrice;
    }

    /// @notice Prepaid calls were made; what they cost went to the gateway.
    /// @param tokenId The token.
    /// @param modelId The model.
    /// @param calls How many calls.
    /// @param amount What they had cost.
    event CallsSpent(uint256 indexed tokenId, uint256 indexed modelId, uint64 calls, uint256 amount);

    /// @notice Prepaid calls were not made in time; what they cost went to the model's accrual.
    /// @param tokenId The token.
    /// @param modelId The model.
    /// @param calls How many calls.
    /// @param amount What they had cost.
    event CallsLapsed(uint256 indexed tokenId, uint256 indexed modelId, uint64 calls, uint256 amount);

    /// @notice The buyer would pay more than it said.
    /// @param cost The cost.
    /// @param maximumCost What the buyer said.
    error CostAboveMaximum(uint256 cost, uint256 maximumCost);

    /// @notice The token has no calls left.
    /// @param tokenId The token.
    error NothingLeft(uint256 tokenId);

    /// @notice The model's owner offers nothing of this kind.
    /// @param modelId The model.
    error NoOffer(uint256 modelId);

    /// @notice Only the access contract may do this.
    /// @param caller Who tried.
    error OnlyAccess(address caller);

    /// @notice Calls made in time may still settle.
    /// @param tokenId The token.
    /// @param until The last second in which they may.
    error StillValid(uint256 tokenId, uint64 until);

    /// @notice Uses up calls, and sends what they had cost to the gateway; only Access may.
    /// @param tokenId The token.
    /// @param modelId The model that was called.
    /// @param version Its version.
    /// @param user Who called.
    /// @param calls How many calls at most.
    /// @param at When, in Unix seconds.
    /// @return spent How many calls were used up.
    /// @return amount What they had cost.
    function spend(uint256 tokenId, uint256 modelId, uint32 version, address user, uint64 calls, uint256 at)
        external
        returns (uint64 spent, uint256 amount);

    /// @notice Moves what lapsed calls had cost to the model's accrual; anyone may.
    /// @param tokenId The token.
    function lapse(uint256 tokenId) external;

    /// @notice What a token is good for.
    /// @param tokenId The token.
    /// @return prepaid Model, calls, price and conditions.
    function prepaidOf(uint256 tokenId) external view returns (Prepaid memory prepaid);

    /// @notice How many calls somebody may make with a token.
    /// @param tokenId The token.
    /// @param modelId The model to call.
    /// @param version Its version.
    /// @param user Who calls.
    /// @param at When, in Unix seconds.
    /// @return calls How many; none where the token is not theirs, or not for this.
    function callsFor(uint256 tokenId, uint256 modelId, uint32 version, address user, uint256 at)
        external
        view
        returns (uint64 calls);

    /// @notice How many tokens there are; their numbers count from 1.
    /// @return tokens The number.
    function count() external view returns (uint256 tokens);
}
