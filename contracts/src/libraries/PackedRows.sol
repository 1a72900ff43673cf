// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// solhint-disable no-inline-assembly

/// @title Packed rows
/// @author mnft
/// @notice Sums over rows of weights, many units at once.
/// @dev A row is one big number: unit u's weight, plus 2^15, at bit 16u. A word of it has 16 units. Spread out to one
/// unit in 32 bits, a word times an input is eight products, and such words add up to eight sums: as whole numbers
/// they are exact whatever is carried from unit to unit, and a unit's sum below 2^31 can be taken out again.
/// What stands above a row's last unit is its neighbour's; it cannot reach the units below.
library PackedRows {
    /// @notice Units in a word of a row.
    uint256 internal constant UNITS_PER_WORD = 16;

    /// @notice Words of sums for a word of a row: one unit in 32 bits.
    uint256 internal constant SUM_WORDS = 2;

    /// @notice Words of bounds for a word of a row: one unit in 64 bits.
    uint256 internal constant BOUND_WORDS = 4;

    uint256 private constant _EVERY_SECOND = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant _EVERY_FOURTH = 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff;
    uint256 private constant _ONE_IN_32_BITS = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant _ONE_IN_64_BITS = 0x0000000000000001000000000000000100000000000000010000000000000001;

    /// @notice Adds inputs times stored weights, which are 2^15 too large, to the sums.
    /// @param sums For each word of a row its even units, then its odd ones.
    /// @param inputs The layer's inputs.
    /// @param from The first row's input.
    /// @param count How many rows.
    /// @param rows Where the rows stand in memory, one after the other.
    /// @param units How many units.
    function accumulate(
        uint256[] memory sums,
        int256[] memory inputs,
        uint256 from,
        uint256 count,
        uint256 rows,
        uint256 units
    ) internal pure {
        assembly ("memory-safe") {
            let size := shl(1, units)
            let start := add(add(inputs, 32), shl(5, from))
            let end := add(start, shl(5, count))
            let target := add(sums, 32)
            for { let first := 0 } lt(first, units) { first := add(first, 16) } {
                // The word that ends where the group's first unit does.
                let at := add(rows, sub(size, add(shl(1, first), 32)))
                let even := mload(target)
                let odd := mload(add(target, 32))
                for { let input := start } lt(input, end) { input := add(input, 32) } {
                    let value := mload(input)
                    let word := mload(at)
                    even := add(even, mul(value, and(word, _EVERY_SECOND)))
                    odd := add(odd, mul(value, and(shr(16, word), _EVERY_SECOND)))
                    at := add(at, size)
                }
                mstore(target, even)
                mstore(add(target, 32), odd)
                target := add(target, 64)
            }
        }
    }

    /// @notice The sum of numbers whose absolute values are far below 2^255.
    /// @param values The numbers.
    /// @return whole Their sum.
    function sumOf(int256[] memory values) internal pure returns (int256 whole) {
        assembly ("memory-safe") {
            let last := add(values, shl(5, mload(values)))
            for { let at := values } lt(at, last) { } {
                at := add(at, 32)
                whole := add(whole, mload(at))
            }
        }
    }

    /// @notice Looks for a number that is too large.
    /// @param values The numbers.
    /// @param bound The largest absolute value that is allowed, below 2^255.
    /// @return index The first one's place, or the length where there is none.
    function firstBeyond(int256[] memory values, uint256 bound) internal pure returns (uint256 index) {
        assembly ("memory-safe") {
            let length := mload(values)
            let widest := shl(1, bound)
            for { let at := add(values, 32) } lt(index, length) { at := add(at, 32) } {
                // Below zero it wraps around, and is larger than any.
                if gt(add(mload(at), bound), widest) { break }
                index := add(index, 1)
            }
        }
    }

    /// @notice Takes the sums out, adds the biases, and raises what is less than the least.
    /// @param outputs Where the results go.
    /// @param sums What `accumulate` left.
    /// @param biases Where the biases stand in memory, four bytes each.
    /// @param total The sum of all inputs: times 2^15, it is what the stored weights added too much.
    /// @param least Zero for a ReLU, the least number for none.
    function finish(
        int256[] memory outputs,
        uint256[] memory sums,
        uint256 biases,
        int256 total,
        int256 least
    ) internal pure {
        assembly ("memory-safe") {
            let surplus := mul(total, shl(15, _ONE_IN_32_BITS))
            let even
            let odd
            let source := add(sums, 32)
            let units := mload(outputs)
            for { let unit := 0 } lt(unit, units) { unit := add(unit, 1) } {
                if iszero(and(unit, 15)) {
                    even := sub(mload(source), surplus)
                    odd := sub(mload(add(source, 32)), surplus)
                    source := add(source, 64)
                }
                let sum := signextend(3, even)
                let rest := shr(32, sub(even, sum))
                even := odd
                odd := rest
                sum := add(sum, signextend(3, shr(224, mload(biases))))
                if slt(sum, least) { sum := least }
                mstore(add(outputs, shl(5, add(unit, 1))), sum)
                biases := add(biases, 4)
            }
        }
    }

    /// @notice Adds the inputs' bounds times the weights' absolute values to the bounds.
    /// @param bounds For each word of a row four words, unit u in word u % 4.
    /// @param inputs The bounds of the layer's inputs.
    /// @param from The first row's input.
    /// @param count How many rows.
    /// @param rows Where the rows stand in memory, one after the other.
    /// @param units How many units.
    function accumulateBounds(
        uint256[] memory bounds,
        int256[] memory inputs,
        uint256 from,
        uint256 count,
        uint256 rows,
        uint256 units
    ) internal pure {
        assembly ("memory-safe") {
            let size := shl(1, units)
            let start := add(add(inputs, 32), shl(5, from))
            let end := add(start, shl(5, count))
            // Four passes over each word of the rows.
            for { let pass := 0 } lt(shl(4, shr(2, pass)), units) { pass := add(pass, 1) } {
                let target := add(add(bounds, 32), shl(5, pass))
                let bound := mload(target)
                let row := add(rows, sub(size, shl(5, add(shr(2, pass), 1))))
                let shift := shl(4, and(pass, 3))
                for { let input := start } lt(input, end) { input := add(input, 32) } {
                    let weights := and(shr(shift, mload(row)), _EVERY_FOURTH)
                    // 2^15 + |w| where a weight is not negative; there its sixteenth bit is set.
                    let positive := and(shr(15, weights), _ONE_IN_64_BITS)
                    // 2^15 - 1 + |w| where it is, once its bits are flipped.
                    let flipped := xor(weights, mul(xor(positive, _ONE_IN_64_BITS), 0xffff))
                    let absolutes := sub(sub(flipped, positive), mul(0x7fff, _ONE_IN_64_BITS))
                    bound := add(bound, mul(mload(input), absolutes))
                    row := add(row, size)
                }
                mstore(target, bound)
            }
        }
    }

    /// @notice Takes one unit's bound out, its bias added.
    /// @param bounds What `accumulateBounds` left.
    /// @param biases Where the biases stand in memory, four bytes each.
    /// @param unit The unit.
    /// @return bound The largest absolute value that its sum can have.
    function boundOf(uint256[] memory bounds, uint256 biases, uint256 unit) internal pure returns (uint256 bound) {
        assembly ("memory-safe") {
            // Word 4 (unit / 16) + unit % 4, and in it 64 bits for each unit / 4 % 4.
            let word := mload(add(add(bounds, 32), shl(5, or(shl(2, shr(4, unit)), and(unit, 3)))))
            bound := and(shr(shl(6, and(shr(2, unit), 3)), word), 0xffffffffffffffff)
            let bias := signextend(3, shr(224, mload(add(biases, shl(2, unit)))))
            if slt(bias, 0) { bias := sub(0, bias) }
            bound := add(bound, bias)
        }
    }
}
