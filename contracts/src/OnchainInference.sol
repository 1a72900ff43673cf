// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {NotModelOwner, UnknownVersion} from "./interfaces/Errors.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IOnchainInference} from "./interfaces/IOnchainInference.sol";
import {ChunkReader} from "./libraries/ChunkReader.sol";
import {PackedRows} from "./libraries/PackedRows.sol";

/// @title Inference on chain
/// @author mnft
/// @notice Recomputes dense networks in whole numbers, bit for bit what 32-bit floats give below 2^24.
contract OnchainInference is IOnchainInference {
    using ChunkReader for ChunkReader.Reader;

    uint256 private constant _EXACT_LIMIT = 2 ** 24;
    uint256 private constant _MAXIMUM_LAYERS = 8;
    uint256 private constant _MAXIMUM_SIZE = 4_096;
    uint256 private constant _MAXIMUM_CHUNK = 24_575;
    uint256 private constant _WEIGHT_BYTES = 2;
    uint256 private constant _BIAS_BYTES = 4;
    uint256 private constant _SCALAR_MODULUS =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;
    // Returns all that follows these eleven bytes; the code so begins with STOP, and can only be read.
    bytes private constant _CREATION = hex"600b5981380380925939f300";

    IModelRegistry private immutable _REGISTRY;

    mapping(address chunk => bool known) private _chunks;
    mapping(uint256 modelId => mapping(uint32 version => Network network)) private _networks;

    /// @notice Fixes where models are.
    /// @param registry Who owns a model, and which versions it has.
    constructor(IModelRegistry registry) {
        _REGISTRY = registry;
    }

    /// @inheritdoc IOnchainInference
    function storeChunk(bytes calldata data) external returns (address chunk) {
        require(data.length != 0 && data.length <= _MAXIMUM_CHUNK, ChunkSizeInvalid(data.length, _MAXIMUM_CHUNK));
        bytes memory creation = bytes.concat(_CREATION, data);
        chunk = Create2.computeAddress(0, keccak256(creation));
        require(!_chunks[chunk], ChunkKnown(chunk));

        _chunks[chunk] = true;
        emit ChunkStored(chunk, data.length);
        Create2.deploy(0, 0, creation);
    }

    /// @inheritdoc IOnchainInference
    function registerNetwork(
        uint256 modelId,
        uint32 version,
        uint16[] calldata sizes,
        uint32 inputBound,
        address[] calldata chunks
    ) external {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        require(version > 0 && version <= _REGISTRY.latestVersion(modelId), UnknownVersion(modelId, version));
        Network storage network = _networks[modelId][version];
        require(network.sizes.length == 0, NetworkKnown(modelId, version));
        require(inputBound != 0 && inputBound < _EXACT_LIMIT, InputBoundInvalid(inputBound, _EXACT_LIMIT));
        uint256 expected = _requireSizes(sizes);
        uint256 actual = _requireChunks(chunks);
        require(actual == expected, WeightsLengthMismatch(expected, actual));
        _requireExact(sizes, inputBound, chunks);

        network.sizes = sizes;
        network.inputBound = inputBound;
        network.chunks = chunks;
        emit NetworkRegistered(modelId, version, sizes, inputBound, chunks);
    }

    /// @inheritdoc IOnchainInference
    function infer(
        uint256 modelId,
        uint32 version,
        int256[] calldata inputs
    ) external view returns (int256[] memory logits, uint256 label) {
        logits = _infer(modelId, version, inputs);
        for (uint256 i = 1; i < logits.length; ++i) {
            if (logits[i] > logits[label]) label = i;
        }
    }

    /// @inheritdoc IOnchainInference
    function outputHash(
        uint256 modelId,
        uint32 version,
        int256[] calldata inputs
    ) external view returns (bytes32 digest) {
        int256[] memory logits = _infer(modelId, version, inputs);
        for (uint256 i = 0; i < logits.length; ++i) {
            if (logits[i] < 0) logits[i] += int256(_SCALAR_MODULUS);
        }
        return keccak256(abi.encodePacked(logits));
    }

    /// @inheritdoc IOnchainInference
    function networkOf(uint256 modelId, uint32 version) external view returns (Network memory network) {
        return _requireNetwork(modelId, version);
    }

    /// @inheritdoc IOnchainInference
    function isChunk(address chunk) external view returns (bool known) {
        return _chunks[chunk];
    }

    function _infer(
        uint256 modelId,
        uint32 version,
        int256[] calldata inputs
    ) private view returns (int256[] memory values) {
        Network memory network = _requireNetwork(modelId, version);
        values = _requireInputs(network, inputs);
        ChunkReader.Reader memory reader = ChunkReader.open(network.chunks);
        uint256 last = network.sizes.length - 1;
        for (uint256 layer = 1; layer <= last; ++layer) {
            values = _layer(reader, values, network.sizes[layer], layer == last ? type(int256).min : int256(0));
        }
    }

    function _layer(
        ChunkReader.Reader memory reader,
        int256[] memory inputs,
        uint256 units,
        int256 least
    ) private view returns (int256[] memory outputs) {
        uint256[] memory sums = _rows(reader, inputs, units, false);
        outputs = new int256[](units);
        PackedRows.finish(outputs, sums, _biases(reader, units), PackedRows.sumOf(inputs), least);
    }

    function _requireExact(uint16[] memory sizes, uint32 inputBound, address[] memory chunks) private view {
        ChunkReader.Reader memory reader = ChunkReader.open(chunks);
        int256[] memory bounds = new int256[](sizes[0]);
        for (uint256 i = 0; i < bounds.length; ++i) {
            bounds[i] = int256(uint256(inputBound));
        }
        for (uint256 layer = 1; layer < sizes.length; ++layer) {
            bounds = _layerBounds(reader, bounds, sizes[layer], layer);
        }
    }

    function _layerBounds(
        ChunkReader.Reader memory reader,
        int256[] memory inputs,
        uint256 units,
        uint256 layer
    ) private view returns (int256[] memory outputs) {
        uint256[] memory bounds = _rows(reader, inputs, units, true);
        uint256 biases = _biases(reader, units);
        outputs = new int256[](units);
        for (uint256 unit = 0; unit < units; ++unit) {
            uint256 bound = PackedRows.boundOf(bounds, biases, unit);
            require(bound < _EXACT_LIMIT, AccumulatorTooLarge(layer, unit, bound, _EXACT_LIMIT));
            outputs[unit] = int256(bound);
        }
    }

    function _rows(
        ChunkReader.Reader memory reader,
        int256[] memory inputs,
        uint256 units,
        bool bounds
    ) private view returns (uint256[] memory sums) {
        uint256 words = Math.ceilDiv(units, PackedRows.UNITS_PER_WORD);
        sums = new uint256[](words * (bounds ? PackedRows.BOUND_WORDS : PackedRows.SUM_WORDS));
        uint256 size = units * _WEIGHT_BYTES;
        uint256 done = 0;
        while (done < inputs.length) {
            uint256 count = Math.min(reader.available(size), inputs.length - done);
            if (bounds) PackedRows.accumulateBounds(sums, inputs, done, count, reader.at, units);
            else PackedRows.accumulate(sums, inputs, done, count, reader.at, units);
            reader.at += count * size;
            done += count;
        }
    }

    function _biases(ChunkReader.Reader memory reader, uint256 units) private view returns (uint256 at) {
        reader.available(units * _BIAS_BYTES);
        at = reader.at;
        reader.at += units * _BIAS_BYTES;
    }

    function _requireNetwork(uint256 modelId, uint32 version) private view returns (Network storage network) {
        network = _networks[modelId][version];
        require(network.sizes.length != 0, NoNetwork(modelId, version));
    }

    function _requireChunks(address[] calldata chunks) private view returns (uint256 size) {
        for (uint256 i = 0; i < chunks.length; ++i) {
            require(_chunks[chunks[i]], UnknownChunk(chunks[i]));
            size += ChunkReader.sizeOf(chunks[i]);
        }
    }

    function _requireInputs(
        Network memory network,
        int256[] calldata inputs
    ) private pure returns (int256[] memory values) {
        require(inputs.length == network.sizes[0], InputLengthMismatch(network.sizes[0], inputs.length));
        values = inputs;
        uint256 beyond = PackedRows.firstBeyond(values, network.inputBound);
        require(
            beyond == values.length,
            InputOutOfBounds(beyond, values[beyond % values.length], network.inputBound)
        );
    }

    function _requireSizes(uint16[] calldata sizes) private pure returns (uint256 weightBytes) {
        require(
            sizes.length > 1 && sizes.length <= _MAXIMUM_LAYERS + 1,
            LayerCountInvalid(sizes.length == 0 ? 0 : sizes.length - 1, _MAXIMUM_LAYERS)
        );
        for (uint256 i = 0; i < sizes.length; ++i) {
            require(sizes[i] != 0 && sizes[i] <= _MAXIMUM_SIZE, LayerSizeInvalid(i, sizes[i], _MAXIMUM_SIZE));
            if (i == 0) continue;
            weightBytes += uint256(sizes[i]) * (_WEIGHT_BYTES * sizes[i - 1] + _BIAS_BYTES);
        }
    }
}
