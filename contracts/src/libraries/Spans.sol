// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

/// @title Spans
/// @author mnft
/// @notice When something held: spans of time that begin when they are written, and whose past nobody can change.
/// @dev A checkpoint's key is the second in which a span begins, its value the first second after it.
library Spans {
    using Checkpoints for Checkpoints.Trace208;

    uint64 internal constant ENDLESS = type(uint64).max;

    /// @notice Begins a span now, in place of one that still runs.
    /// @param self The history.
    /// @param until The first second after it.
    function begin(Checkpoints.Trace208 storage self, uint64 until) internal {
        self.push(Time.timestamp(), until);
    }

    /// @notice Ends the span that runs: it does not hold in this second any more.
    /// @param self The history.
    function end(Checkpoints.Trace208 storage self) internal {
        self.push(Time.timestamp(), uint208(block.timestamp));
    }

    /// @notice The newest span.
    /// @param self The history.
    /// @return since When it began; zero where there is none.
    /// @return until The first second after it.
    function newest(Checkpoints.Trace208 storage self) internal view returns (uint64 since, uint64 until) {
        (, uint48 key, uint208 value) = self.latestCheckpoint();
        return (key, uint64(value));
    }

    /// @notice Whether it held in a second.
    /// @param self The history.
    /// @param at The second.
    /// @return held Whether it did, as far as it is written now.
    function holdsAt(Checkpoints.Trace208 storage self, uint64 at) internal view returns (bool held) {
        return at < self.upperLookupRecent(_key(at));
    }

    /// @notice Whether it held at some moment of a time.
    /// @dev The span that begins last before the end decides: whatever held within the time was replaced, if at all, by
    /// one written within it. A span that ends in the first second counts: something may have happened just before.
    /// @param self The history.
    /// @param from The first second.
    /// @param to The last second.
    /// @return held Whether it did.
    function heldWithin(
        Checkpoints.Trace208 storage self,
        uint64 from,
        uint64 to
    ) internal view returns (bool held) {
        uint208 until = self.upperLookupRecent(_key(to));
        return until != 0 && from <= until;
    }

    function _key(uint64 at) private pure returns (uint48 key) {
        return uint48(Math.min(at, type(uint48).max));
    }
}
