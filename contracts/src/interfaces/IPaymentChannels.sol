// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Payment channels
/// @author mnft
/// @notice Many payments to one recipient, signed off chain, of which the last is brought: each voucher is for all that
/// was ever paid through the channel.
/// @dev Currencies are native coin (the zero address) and the ERC-20s of a list that is fixed at deployment; amounts
/// are in the smallest unit of the channel's currency, times in Unix seconds.
interface IPaymentChannels {
    /// @notice What a sender has set aside for a recipient; a closed channel has no deposit.
    struct Channel {
        address sender;
        uint64 nonce;
        address recipient;
        uint64 expiration;
        address currency;
        uint128 deposit;
        uint128 claimed;
    }

    /// @notice A channel was opened.
    /// @param channelId Its number: the hash of the three that follow.
    /// @param sender Who pays.
    /// @param recipient Who is paid.
    /// @param currency What with.
    /// @param nonce How often it was opened before.
    /// @param deposit How much can be paid.
    /// @param expiration From when on the sender may take back what was not claimed.
    event ChannelOpened(
        bytes32 indexed channelId,
        address indexed sender,
        address indexed recipient,
        address currency,
        uint64 nonce,
        uint256 deposit,
        uint64 expiration
    );

    /// @notice More can be paid through a channel.
    /// @param channelId The channel.
    /// @param added How much more.
    event ChannelFunded(bytes32 indexed channelId, uint256 added);

    /// @notice A channel stays open for longer.
    /// @param channelId The channel.
    /// @param expiration Until when.
    event ChannelExtended(bytes32 indexed channelId, uint64 expiration);

    /// @notice A recipient brought a voucher.
    /// @param channelId The channel.
    /// @param recipient Who is owed the amount.
    /// @param amount What the voucher added to what was claimed before.
    event ChannelClaimed(bytes32 indexed channelId, address indexed recipient, uint256 amount);

    /// @notice A channel was closed.
    /// @param channelId The channel.
    /// @param sender Who is owed what was left.
    /// @param returned How much that is.
    event ChannelClosed(bytes32 indexed channelId, address indexed sender, uint256 returned);

    /// @notice An account received what it was owed.
    /// @param account The account.
    /// @param currency The currency.
    /// @param amount How much.
    event CurrencyPaid(address indexed account, address indexed currency, uint256 amount);

    /// @notice The channel is open.
    /// @param channelId The channel.
    error ChannelKnown(bytes32 channelId);

    /// @notice The sender may not take anything back yet.
    /// @param channelId The channel.
    /// @param expiration From when on it may.
    error ChannelNotExpired(bytes32 channelId, uint64 expiration);

    /// @notice The call carries more or less coin than it says.
    /// @param expected What it says; none where the currency is a token.
    /// @param carried What it carries.
    error CoinMismatch(uint256 expected, uint256 carried);

    /// @notice The voucher is for more than the channel holds.
    /// @param channelId The channel.
    /// @param amount What the voucher is for.
    /// @param deposit What can be paid.
    error DepositExceeded(bytes32 channelId, uint256 amount, uint256 deposit);

    /// @notice A channel ends in the future, and never earlier than it was said to.
    /// @param expiration The time refused.
    /// @param than The time that it has to be later than.
    error ExpirationTooEarly(uint64 expiration, uint64 than);

    /// @notice Less arrived than was sent: such a currency cannot be kept in books.
    /// @param currency The currency.
    /// @param expected What was sent.
    /// @param received What arrived.
    error FeeOnTransfer(address currency, uint256 expected, uint256 received);

    /// @notice Only the recipient may bring a voucher.
    /// @param channelId The channel.
    /// @param caller Who tried.
    error NotChannelRecipient(bytes32 channelId, address caller);

    /// @notice Only the sender may do this.
    /// @param channelId The channel.
    /// @param caller Who tried.
    error NotChannelSender(bytes32 channelId, address caller);

    /// @notice The account does not take coin.
    /// @param account The account.
    /// @param amount What it was to get.
    error PaymentRefused(address account, uint256 amount);

    /// @notice There is no such channel, or it is closed.
    /// @param channelId The channel asked for.
    error UnknownChannel(bytes32 channelId);

    /// @notice The currency is not on the list.
    /// @param currency The currency.
    error UnknownCurrency(address currency);

    /// @notice The voucher adds nothing to what was claimed.
    /// @param channelId The channel.
    /// @param amount What it is for.
    /// @param claimed What was claimed.
    error VoucherSpent(bytes32 channelId, uint256 amount, uint256 claimed);

    /// @notice Opens the caller's channel to a recipient in a currency.
    /// @param recipient Who is paid.
    /// @param currency What with: the zero address is coin, which the call carries; tokens are pulled by allowance.
    /// @param deposit How much can be paid.
    /// @param expiration From when on the caller may take back what was not claimed.
    /// @return channelId The channel.
    function open(address recipient, address currency, uint128 deposit, uint64 expiration)
        external
        payable
        returns (bytes32 channelId);

    /// @notice Adds to an open channel's deposit; anyone may, the sender gets back what is left.
    /// @param channelId The channel.
    /// @param amount How much.
    function addFunds(bytes32 channelId, uint128 amount) external payable;

    /// @notice Keeps a channel open for longer; the sender may.
    /// @param channelId The channel.
    /// @param expiration Until when, later than now agreed.
    function extend(bytes32 channelId, uint64 expiration) external;

    /// @notice Brings the sender's voucher for all that was paid so far; the recipient may, until the channel is closed.
    /// @param channelId The channel.
    /// @param amount What the voucher is for: the sum of all payments.
    /// @param signature The sender's, of `voucherDigest`.
    /// @param close Whether the recipient wants no more, and gives the rest back.
    function claim(bytes32 channelId, uint128 amount, bytes calldata signature, bool close) external;

    /// @notice Closes a channel once it has expired; the sender may.
    /// @param channelId The channel.
    function reclaim(bytes32 channelId) external;

    /// @notice Pays an account all that it is owed in a currency; anyone may trigger it.
    /// @param currency The currency.
    /// @param account The account.
    function withdraw(address currency, address account) external;

    /// @notice The channel of a sender to a recipient in a currency.
    /// @param sender Who pays.
    /// @param recipient Who is paid.
    /// @param currency What with.
    /// @return channelId Its number, open or not.
    function channelIdOf(address sender, address recipient, address currency)
        external
        pure
        returns (bytes32 channelId);

    /// @notice A channel; a closed one keeps its nonce.
    /// @param channelId The channel.
    /// @return channel Who pays whom, how much at most, until when, and what was claimed.
    function channelOf(bytes32 channelId) external view returns (Channel memory channel);

    /// @notice What an account may withdraw.
    /// @param currency The currency.
    /// @param account The account.
    /// @return amount How much.
    function owedTo(address currency, address account) external view returns (uint256 amount);

    /// @notice All that channels hold and accounts are owed in a currency.
    /// @param currency The currency.
    /// @return amount How much.
    function heldOf(address currency) external view returns (uint256 amount);

    /// @notice Whether a currency is on the list.
    /// @param currency The currency.
    /// @return listed Whether it is.
    function isCurrency(address currency) external view returns (bool listed);

    /// @notice What a sender signs (EIP-712) to have paid an amount in all.
    /// @param channelId The channel.
    /// @param nonce How often it was opened before.
    /// @param amount The sum of all payments.
    /// @return digest The hash.
    function voucherDigest(bytes32 channelId, uint64 nonce, uint128 amount) external view returns (bytes32 digest);
}
