// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC5192} from "./IERC5192.sol";

/// @title Badges
/// @author mnft
/// @notice A token per contributor of a model that says so and stays with its holder (ERC-5192).
interface IBadges is IERC5192 {
    /// @notice What a badge says.
    /// @param modelId The model.
    /// @param contributor Who contributed to it, as the registry recorded.
    /// @param shareBps The contributor's share of what the model earns, in basis points.
    /// @param awardedAt When the badge was minted, Unix seconds.
    struct Badge {
        uint256 modelId;
        address contributor;
        uint16 shareBps;
        uint64 awardedAt;
    }

    /// @notice A contributor has a badge from now on.
    /// @param badgeId The badge.
    /// @param modelId The model.
    /// @param contributor Its holder, for good.
    /// @param shareBps The contributor's share, in basis points.
    event BadgeAwarded(uint256 indexed badgeId, uint256 indexed modelId, address indexed contributor, uint16 shareBps);

    /// @notice A badge stays with the contributor whom it names.
    /// @param badgeId The badge.
    error BadgeIsSoulbound(uint256 badgeId);

    /// @notice The contributor has the model's badge already.
    /// @param badgeId The badge.
    error BadgeKnown(uint256 badgeId);

    /// @notice The registry does not name the account among the model's contributors.
    /// @param modelId The model.
    /// @param account The account.
    error NotContributor(uint256 modelId, address account);

    /// @notice Mints a contributor's badge to the contributor; anyone may, for the registry has said who it is.
    /// @param modelId The model.
    /// @param contributor One of its contributors.
    /// @return badgeId The badge's number, from 1.
    function award(uint256 modelId, address contributor) external returns (uint256 badgeId);

    /// @notice What a badge says.
    /// @param badgeId The badge.
    /// @return badge The model, the contributor, the share and the time.
    function badgeOf(uint256 badgeId) external view returns (Badge memory badge);

    /// @notice The badge of a contributor of a model.
    /// @param modelId The model.
    /// @param contributor The account.
    /// @return badgeId The badge, 0 for none.
    function badgeIdOf(uint256 modelId, address contributor) external view returns (uint256 badgeId);

    /// @notice How many badges there are.
    /// @return badges Their number, which is also the newest one's.
    function count() external view returns (uint256 badges);
}
