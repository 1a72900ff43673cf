// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AmountIsZero} from "./interfaces/Errors.sol";
import {IStreams} from "./interfaces/IStreams.sol";

/// @title Streams
/// @author mnft
/// @notice Payments that become the recipient's second by second, from a cliff on.
/// @dev The token balance is always at least the deposits less what was withdrawn and refunded.
/// The token is ours: it calls nobody back and reverts where it cannot pay, so what its transfers return says nothing
/// more.
contract Streams is IStreams {
    IERC20 private immutable _TOKEN;

    mapping(uint256 streamId => Stream stream) private _streams;
    uint256 private _count;

    /// @notice Fixes what is paid with.
    /// @param token What is paid with.
    constructor(address token) {
        _TOKEN = IERC20(token);
    }

    /// @inheritdoc IStreams
    function create(address recipient, uint128 deposit, uint64 start, uint64 cliff, uint64 stop, bool cancelable)
        external
        returns (uint256 streamId)
    {
        require(recipient != address(0) && recipient != msg.sender, RecipientInvalid(recipient));
        require(deposit > 0, AmountIsZero());
        require(
            start < stop && start <= cliff && cliff <= stop && stop > block.timestamp,
            StreamTimesInvalid(start, cliff, stop)
        );

        streamId = ++_count;
        _streams[streamId] = Stream(msg.sender, start, cancelable, false, recipient, cliff, stop, deposit, 0);
        emit StreamCreated(streamId, msg.sender, recipient, deposit, start, cliff, stop, cancelable);

        _TOKEN.transferFrom(msg.sender, address(this), deposit);
    }

    /// @inheritdoc IStreams
    function withdraw(uint256 streamId) external {
        Stream storage stream = _known(streamId);
        uint256 streamed = _streamed(stream);
        uint256 amount = streamed - stream.withdrawn;
        require(amount > 0, NothingStreamed(streamId));

        stream.withdrawn = SafeCast.toUint128(streamed);
        emit StreamWithdrawn(streamId, stream.recipient, amount);

        _TOKEN.transfer(stream.recipient, amount);
    }

    /// @inheritdoc IStreams
    function cancel(uint256 streamId) external {
        Stream storage stream = _known(streamId);
        require(stream.sender == msg.sender, NotStreamSender(streamId, msg.sender));
        require(stream.cancelable, StreamNotCancelable(streamId));
        uint256 streamed = _streamed(stream);
        require(streamed < stream.deposit, StreamEnded(streamId));
        uint256 refunded = stream.deposit - streamed;

        stream.canceled = true;
        stream.deposit = SafeCast.toUint128(streamed);
        emit StreamCanceled(streamId, msg.sender, refunded, streamed - stream.withdrawn);

        _TOKEN.transfer(msg.sender, refunded);
    }

    /// @inheritdoc IStreams
    function streamOf(uint256 streamId) external view returns (Stream memory stream) {
        return _known(streamId);
    }

    /// @inheritdoc IStreams
    function streamedOf(uint256 streamId) external view returns (uint256 amount) {
        return _streamed(_known(streamId));
    }

    /// @inheritdoc IStreams
    function count() external view returns (uint256 streams) {
        return _count;
    }

    // Rounds down: the sender keeps the odd unit until the end. A canceled stream's deposit is what was streamed.
    function _streamed(Stream storage stream) private view returns (uint256 amount) {
        if (stream.canceled || block.timestamp >= stream.stop) return stream.deposit;
        if (block.timestamp < stream.cliff) return 0;
        return Math.mulDiv(stream.deposit, block.timestamp - stream.start, stream.stop - stream.start);
    }

    function _known(uint256 streamId) private view returns (Stream storage stream) {
        stream = _streams[streamId];
        require(stream.sender != address(0), UnknownStream(streamId));
    }
}
