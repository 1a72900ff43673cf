// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Inference on chain
/// @author mnft
/// @notice Dense networks with ReLU between their layers, recomputed in whole numbers from weights that lie on chain.
interface IOnchainInference {
    /// @notice A network and where its weights are.
    /// @param sizes How many inputs it takes, then how many units each layer has.
    /// @param inputBound The largest absolute input.
    /// @param chunks The data contracts that hold its weights, in order.
    // solhint-disable-next-line gas-struct-packing
    struct Network {
        uint16[] sizes;
        uint32 inputBound;
        address[] chunks;
    }

    /// @notice Weights lie on chain from now on, as the code of a contract that cannot run.
    /// @param chunk The data contract; its address follows from its content.
    /// @param size How many bytes it holds.
    event ChunkStored(address indexed chunk, uint256 size);

    /// @notice A version can be recomputed on chain from now on.
    /// @param modelId The model.
    /// @param version The version.
    /// @param sizes How many inputs it takes, then how many units each layer has.
    /// @param inputBound The largest absolute input.
    /// @param chunks The data contracts that hold its weights.
    event NetworkRegistered(
        uint256 indexed modelId,
        uint32 indexed version,
        uint16[] sizes,
        uint32 inputBound,
        address[] chunks
    );

    /// @notice A sum of a unit could reach what 32-bit floats no longer add exactly.
    /// @param layer The layer, from 1.
    /// @param unit The unit, from 0.
    /// @param bound The largest absolute value that its sum can have.
    /// @param limit The least that is refused, 2^24.
    error AccumulatorTooLarge(uint256 layer, uint256 unit, uint256 bound, uint256 limit);

    /// @notice The same bytes are on chain already.
    /// @param chunk The data contract that holds them.
    error ChunkKnown(address chunk);

    /// @notice A chunk is empty, or larger than a contract's code may be.
    /// @param size How many bytes it has.
    /// @param maximum How many it may have.
    error ChunkSizeInvalid(uint256 size, uint256 maximum);

    /// @notice The largest input must be positive and below the limit of exact sums.
    /// @param bound The largest absolute input.
    /// @param limit The least that is refused, 2^24.
    error InputBoundInvalid(uint256 bound, uint256 limit);

    /// @notice The input has not as many numbers as the network takes.
    /// @param expected How many it takes.
    /// @param actual How many there are.
    error InputLengthMismatch(uint256 expected, uint256 actual);

    /// @notice An input is larger than those for which the network is exact.
    /// @param index Its place, from 0.
    /// @param value The input.
    /// @param bound The largest absolute value that is allowed.
    error InputOutOfBounds(uint256 index, int256 value, uint256 bound);

    /// @notice A network has one to eight layers.
    /// @param layers How many there are.
    /// @param maximum How many there may be.
    error LayerCountInvalid(uint256 layers, uint256 maximum);

    /// @notice A layer has one to 4,096 units, and so many inputs may come in.
    /// @param index Its place among the sizes, from 0.
    /// @param size How many units it has.
    /// @param maximum How many it may have.
    error LayerSizeInvalid(uint256 index, uint256 size, uint256 maximum);

    /// @notice The version has a network already.
    /// @param modelId The model.
    /// @param version The version.
    error NetworkKnown(uint256 modelId, uint32 version);

    /// @notice The version has no network on chain.
    /// @param modelId The model.
    /// @param version The version.
    error NoNetwork(uint256 modelId, uint32 version);

    /// @notice The contract has stored no such chunk.
    /// @param chunk The address given.
    error UnknownChunk(address chunk);

    /// @notice The chunks do not hold as many bytes as the sizes ask for.
    /// @param expected How many the network needs.
    /// @param actual How many the chunks hold.
    error WeightsLengthMismatch(uint256 expected, uint256 actual);

    /// @notice Puts weights on chain; anyone may.
    /// @dev Layer by layer: a row per input, then the biases. A row is the big-endian number in which unit u's weight,
    /// plus 2^15, stands at bit 16u: two bytes per unit, the last unit first. A bias is a big-endian int32.
    /// A chunk ends between two rows, before the biases or behind them.
    /// @param data The bytes, 1 to 24,575.
    /// @return chunk The data contract.
    function storeChunk(bytes calldata data) external returns (address chunk);

    /// @notice States, once, where the weights of a version are; for the model's owner.
    /// @dev Nobody on chain compares them with the registered weights' hash; anyone can off chain.
    /// @param modelId The model.
    /// @param version The version.
    /// @param sizes How many inputs it takes, then how many units each layer has, 1 to 4,096 each.
    /// @param inputBound The largest absolute input.
    /// @param chunks The data contracts, in order.
    function registerNetwork(
        uint256 modelId,
        uint32 version,
        uint16[] calldata sizes,
        uint32 inputBound,
        address[] calldata chunks
    ) external;

    /// @notice Computes what a version says of an input.
    /// @param modelId The model.
    /// @param version The version.
    /// @param inputs Whole numbers within the network's bound.
    /// @return logits What the last layer's units sum up to.
    /// @return label The first of the largest logits.
    function infer(
        uint256 modelId,
        uint32 version,
        int256[] calldata inputs
    ) external view returns (int256[] memory logits, uint256 label);

    /// @notice Computes the output hash that an honest receipt of a version has for an input.
    /// @param modelId The model.
    /// @param version The version.
    /// @param inputs Whole numbers within the network's bound.
    /// @return digest The hash of the logits as elements of BN254's scalar field.
    function outputHash(
        uint256 modelId,
        uint32 version,
        int256[] calldata inputs
    ) external view returns (bytes32 digest);

    /// @notice The network of a version.
    /// @param modelId The model.
    /// @param version The version.
    /// @return network Its sizes, its bound and its chunks.
    function networkOf(uint256 modelId, uint32 version) external view returns (Network memory network);

    /// @notice Whether the contract has stored a chunk.
    /// @param chunk The address.
    /// @return known Whether weights lie there.
    function isChunk(address chunk) external view returns (bool known);
}
