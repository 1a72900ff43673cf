// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

// solhint-disable no-inline-assembly

/// @title Chunk reader
/// @author mnft
/// @notice Reads data contracts one after the other. Their code is a STOP, then the data.
library ChunkReader {
    /// @dev `at` and `end` bound what is left of the chunk that is in memory.
    struct Reader {
        address[] chunks;
        bytes buffer;
        uint256 loaded;
        uint256 at;
        uint256 end;
    }

    /// @notice A chunk ends inside a row of weights or inside a layer's biases.
    /// @param chunk The data contract.
    error ChunkCutsRow(address chunk);

    /// @notice Begins at the first chunk.
    /// @dev One buffer for all chunks: memory grows dearer with its square.
    /// @param chunks The data contracts, in order.
    /// @return reader What the other functions take.
    function open(address[] memory chunks) internal view returns (Reader memory reader) {
        uint256 largest = 0;
        for (uint256 i = 0; i < chunks.length; ++i) {
            largest = Math.max(largest, chunks[i].code.length);
        }
        reader.chunks = chunks;
        reader.buffer = new bytes(largest);
    }

    /// @notice Loads the next chunk where the last one is used up.
    /// @param reader What `open` returned.
    /// @param size The size of what is to be read.
    /// @return items How many of that size are left in the chunk, at least one.
    function available(Reader memory reader, uint256 size) internal view returns (uint256 items) {
        if (reader.at == reader.end) load(reader);
        items = (reader.end - reader.at) / size;
        require(items != 0, ChunkCutsRow(reader.chunks[reader.loaded - 1]));
    }

    /// @notice How many bytes a data contract holds.
    /// @param chunk The data contract.
    /// @return size Its code without the STOP.
    function sizeOf(address chunk) internal view returns (uint256 size) {
        return chunk.code.length - 1;
    }

    function load(Reader memory reader) private view {
        address chunk = reader.chunks[reader.loaded++];
        uint256 size = sizeOf(chunk);
        bytes memory buffer = reader.buffer;
        uint256 start;
        assembly ("memory-safe") {
            start := add(buffer, 32)
            extcodecopy(chunk, start, 1, size)
        }
        reader.at = start;
        reader.end = start + size;
    }
}
