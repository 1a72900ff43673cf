// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Ancestry
/// @author mnft
/// @notice Lists of ancestors, the youngest first, each with a share.
/// @dev An entry is the model's number above 24 bits of share in basis points. Four of them fit into a slot.
/// Models are numbered from 1, one call each, so 40 bits hold every number. A share is at most 90,000: eight lists whose
/// shares are at most the whole, and a parent's own.
library Ancestry {
    uint256 private constant _SHARE_BITS = 24;

    /// @notice The line that begins with a parent.
    /// @param parentId The parent.
    /// @param royaltyBps Its share.
    /// @param above Its own ancestors; all are older than it is.
    /// @return line The parent, then its ancestors.
    function lineOf(
        uint256 parentId,
        uint16 royaltyBps,
        uint64[] memory above
    ) internal pure returns (uint64[] memory line) {
        uint256 count = above.length;
        line = new uint64[](count + 1);
        line[0] = uint64((parentId << _SHARE_BITS) | royaltyBps);
        for (uint256 i = 0; i < count; ++i) {
            line[i + 1] = above[i];
        }
    }

    /// @notice Two lists as one, in which each model stands once.
    /// @param one A list.
    /// @param other A list.
    /// @param isSum Whether a model that is in both has both shares; else it has the larger one.
    /// @return joined The list, the youngest first.
    function join(
        uint64[] memory one,
        uint64[] memory other,
        bool isSum
    ) internal pure returns (uint64[] memory joined) {
        uint256 i = 0;
        uint256 j = 0;
        uint256 count = 0;
        joined = new uint64[](one.length + other.length);
        while (i < one.length || j < other.length) {
            uint64 first = i < one.length ? one[i] : 0;
            uint64 second = j < other.length ? other[j] : 0;
            uint256 firstId = modelOf(first);
            uint256 secondId = modelOf(second);
            if (firstId >= secondId) ++i;
            if (secondId >= firstId) ++j;
            // A number stands above its share, so the larger entry is the younger model's, or has the larger share.
            uint64 entry = first > second ? first : second;
            if (isSum && firstId == secondId) entry = uint64(uint256(first) + shareOf(second));
            joined[count++] = entry;
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(joined, count)
        }
    }

    /// @notice All shares together.
    /// @param list A list.
    /// @return stack Their sum, in basis points.
    function stackOf(uint64[] memory list) internal pure returns (uint256 stack) {
        for (uint256 i = 0; i < list.length; ++i) {
            stack += shareOf(list[i]);
        }
    }

    /// @notice The model of an entry.
    /// @param entry The entry.
    /// @return modelId Its number.
    function modelOf(uint64 entry) internal pure returns (uint256 modelId) {
        return entry >> _SHARE_BITS;
    }

    /// @notice The share of an entry.
    /// @param entry The entry.
    /// @return shareBps The share, in basis points.
    function shareOf(uint64 entry) internal pure returns (uint256 shareBps) {
        return uint256(entry) & ((1 << _SHARE_BITS) - 1);
    }
}
