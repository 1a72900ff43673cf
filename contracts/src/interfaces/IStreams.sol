// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Streams
/// @author mnft
/// @notice Payments that become the recipient's second by second, from a cliff on.
/// @dev Amounts are in the smallest unit of the settlement token, times in Unix seconds.
interface IStreams {
    /// @notice A payment under way; what was streamed and is not withdrawn stays the recipient's.
    struct Stream {
        address sender;
        uint64 start;
        bool cancelable;
        bool canceled;
        address recipient;
        uint64 cliff;
        uint64 stop;
        uint128 deposit;
        uint128 withdrawn;
    }

    /// @notice A payment began.
    /// @param streamId Its number.
    /// @param sender Who paid the deposit.
    /// @param recipient Who is paid.
    /// @param deposit How much.
    /// @param start From when on it is counted.
    /// @param cliff From when on it can be withdrawn.
    /// @param stop When all of it is streamed.
    /// @param cancelable Whether the sender may cancel it.
    event StreamCreated(
        uint256 indexed streamId,
        address indexed sender,
        address indexed recipient,
        uint256 deposit,
        uint64 start,
        uint64 cliff,
        uint64 stop,
        bool cancelable
    );

    /// @notice The recipient was paid.
    /// @param streamId The stream.
    /// @param recipient Who was paid.
    /// @param amount How much.
    event StreamWithdrawn(uint256 indexed streamId, address indexed recipient, uint256 amount);

    /// @notice A stream ended early: what was not yet streamed went back.
    /// @param streamId The stream.
    /// @param sender Who got it back.
    /// @param refunded How much.
    /// @param left What the recipient may still withdraw.
    event StreamCanceled(uint256 indexed streamId, address indexed sender, uint256 refunded, uint256 left);

    /// @notice Nothing of the stream can be withdrawn now.
    /// @param streamId The stream.
    error NothingStreamed(uint256 streamId);

    /// @notice Only the sender may cancel a stream.
    /// @param streamId The stream.
    /// @param caller Who tried.
    error NotStreamSender(uint256 streamId, address caller);

    /// @notice A stream needs somebody else to pay.
    /// @param recipient The account refused.
    error RecipientInvalid(address recipient);

    /// @notice The stream was canceled, or all of it is streamed.
    /// @param streamId The stream.
    error StreamEnded(uint256 streamId);

    /// @notice The stream was made without a right to cancel it.
    /// @param streamId The stream.
    error StreamNotCancelable(uint256 streamId);

    /// @notice A stream starts before it stops, the cliff lies between, and it stops in the future.
    /// @param start The start.
    /// @param cliff The cliff.
    /// @param stop The end.
    error StreamTimesInvalid(uint64 start, uint64 cliff, uint64 stop);

    /// @notice There is no such stream.
    /// @param streamId The stream asked for.
    error UnknownStream(uint256 streamId);

    /// @notice Begins a payment; the deposit is pulled by allowance.
    /// @param recipient Who is paid.
    /// @param deposit How much in all.
    /// @param start From when on it is counted; it may lie in the past.
    /// @param cliff From when on it can be withdrawn, from start to stop.
    /// @param stop When all of it is streamed.
    /// @param cancelable Whether the sender may cancel it.
    /// @return streamId Its number, from 1.
    function create(address recipient, uint128 deposit, uint64 start, uint64 cliff, uint64 stop, bool cancelable)
        external
        returns (uint256 streamId);

    /// @notice Pays the recipient all that is streamed; anyone may trigger it.
    /// @param streamId The stream.
    function withdraw(uint256 streamId) external;

    /// @notice Ends a stream and gives its sender back what is not yet streamed.
    /// @param streamId The stream.
    function cancel(uint256 streamId) external;

    /// @notice A stream.
    /// @param streamId The stream.
    /// @return stream Who pays whom, how much, when, and what was withdrawn.
    function streamOf(uint256 streamId) external view returns (Stream memory stream);

    /// @notice What of a stream is the recipient's by now, withdrawn or not.
    /// @param streamId The stream.
    /// @return amount How much.
    function streamedOf(uint256 streamId) external view returns (uint256 amount);

    /// @notice How many streams there ever were.
    /// @return streams How many.
    function count() external view returns (uint256 streams);
}
