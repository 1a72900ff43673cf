// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {AmountIsZero, NothingOwed} from "./interfaces/Errors.sol";
import {IGateway} from "./interfaces/IGateway.sol";
import {IPaymentChannels} from "./interfaces/IPaymentChannels.sol";
import {IStreams} from "./interfaces/IStreams.sol";

/// @title Payment channels
/// @author mnft
/// @notice Many payments to one recipient, signed off chain, of which the last is brought: each voucher is for all that
/// was ever paid through the channel.
/// @dev In each currency the balance is at least what open channels hold and accounts are owed.
/// A payee of coin runs its own code: it is paid last, by a call of its own, when nothing is owed to it any more.
/// A channel that is opened again has a new nonce, so no voucher outlives the channel that it was signed for.
contract PaymentChannels is IPaymentChannels, EIP712 {
    using SafeERC20 for IERC20;

    address private constant _COIN = address(0);
    bytes32 private constant _VOUCHER_TYPE_HASH =
        keccak256("Voucher(bytes32 channelId,uint64 nonce,uint128 amount)");

    mapping(address currency => bool listed) private _currencies;
    mapping(bytes32 channelId => Channel channel) private _channels;
    mapping(address currency => mapping(address account => uint256 amount)) private _owed;
    mapping(address currency => uint256 amount) private _held;

    /// @notice Fixes the list of currencies.
    /// @param currencies The zero address for coin, and ERC-20s.
    constructor(address[] memory currencies) EIP712("mnft Payment channels", "1") {
        for (uint256 i = 0; i < currencies.length; ++i) {
            _currencies[currencies[i]] = true;
        }
    }

    /// @inheritdoc IPaymentChannels
    function open(address recipient, address currency, uint128 deposit, uint64 expiration)
        external
        payable
        returns (bytes32 channelId)
    {
        require(recipient != address(0) && recipient != msg.sender, IStreams.RecipientInvalid(recipient));
        require(_currencies[currency], UnknownCurrency(currency));
        require(deposit > 0, AmountIsZero());
        _requireLater(expiration, uint64(block.timestamp));
        channelId = channelIdOf(msg.sender, recipient, currency);
        Channel storage channel = _channels[channelId];
        require(channel.deposit == 0, ChannelKnown(channelId));

        uint64 nonce = channel.nonce;
        _channels[channelId] = Channel(msg.sender, nonce, recipient, expiration, currency, deposit, 0);
        emit ChannelOpened(channelId, msg.sender, recipient, currency, nonce, deposit, expiration);
        _receive(currency, deposit);
    }

    /// @inheritdoc IPaymentChannels
    function addFunds(bytes32 channelId, uint128 amount) external payable {
        Channel storage channel = _open(channelId);
        require(amount > 0, AmountIsZero());

        channel.deposit += amount;
        emit ChannelFunded(channelId, amount);
        _receive(channel.currency, amount);
    }

    /// @inheritdoc IPaymentChannels
    function extend(bytes32 channelId, uint64 expiration) external {
        Channel storage channel = _open(channelId);
        require(channel.sender == msg.sender, NotChannelSender(channelId, msg.sender));
        _requireLater(expiration, channel.expiration);

        channel.expiration = expiration;
        emit ChannelExtended(channelId, expiration);
    }

    /// @inheritdoc IPaymentChannels
    function claim(bytes32 channelId, uint128 amount, bytes calldata signature, bool close) external {
        Channel storage channel = _open(channelId);
        require(channel.recipient == msg.sender, NotChannelRecipient(channelId, msg.sender));
        require(amount <= channel.deposit, DepositExceeded(channelId, amount, channel.deposit));
        uint128 claimed = channel.claimed;
        require(amount > claimed, VoucherSpent(channelId, amount, claimed));
        (address signer,,) = ECDSA.tryRecover(voucherDigest(channelId, channel.nonce, amount), signature);
        require(signer == channel.sender && signer != address(0), IGateway.WrongSigner(channel.sender, signer));

        channel.claimed = amount;
        _owed[channel.currency][msg.sender] += amount - claimed;
        emit ChannelClaimed(channelId, msg.sender, amount - claimed);
        if (close) _close(channelId, channel);
    }

    /// @inheritdoc IPaymentChannels
    function reclaim(bytes32 channelId) external {
        Channel storage channel = _open(channelId);
        require(channel.sender == msg.sender, NotChannelSender(channelId, msg.sender));
        require(block.timestamp >= channel.expiration, ChannelNotExpired(channelId, channel.expiration));

        _close(channelId, channel);
    }

    /// @inheritdoc IPaymentChannels
    function withdraw(address currency, address account) external {
        uint256 amount = _owed[currency][account];
        require(amount > 0, NothingOwed(account));

        _owed[currency][account] = 0;
        _held[currency] -= amount;
        emit CurrencyPaid(account, currency, amount);

        if (currency != _COIN) {
            IERC20(currency).safeTransfer(account, amount);
            return;
        }
        // solhint-disable-next-line avoid-low-level-calls
        (bool paid,) = account.call{value: amount}("");
        require(paid, PaymentRefused(account, amount));
    }

    /// @inheritdoc IPaymentChannels
    function channelOf(bytes32 channelId) external view returns (Channel memory channel) {
        return _channels[channelId];
    }

    /// @inheritdoc IPaymentChannels
    function owedTo(address currency, address account) external view returns (uint256 amount) {
        return _owed[currency][account];
    }

    /// @inheritdoc IPaymentChannels
    function heldOf(address currency) external view returns (uint256 amount) {
        return _held[currency];
    }

    /// @inheritdoc IPaymentChannels
    function isCurrency(address currency) external view returns (bool listed) {
        return _currencies[currency];
    }

    /// @inheritdoc IPaymentChannels
    function channelIdOf(address sender, address recipient, address currency)
        public
        pure
        returns (bytes32 channelId)
    {
        return keccak256(abi.encode(sender, recipient, currency));
    }

    /// @inheritdoc IPaymentChannels
    function voucherDigest(bytes32 channelId, uint64 nonce, uint128 amount) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(_VOUCHER_TYPE_HASH, channelId, nonce, amount)));
    }

    function _receive(address currency, uint256 amount) private {
        bool isCoin = currency == _COIN;
        require(msg.value == (isCoin ? amount : 0), CoinMismatch(isCoin ? amount : 0, msg.value));
        _held[currency] += amount;
        if (isCoin) return;

        uint256 before = IERC20(currency).balanceOf(address(this));
        IERC20(currency).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(currency).balanceOf(address(this)) - before;
        require(received == amount, FeeOnTransfer(currency, amount, received));
    }

    function _close(bytes32 channelId, Channel storage channel) private {
        uint256 returned = channel.deposit - channel.claimed;
        address sender = channel.sender;
        _owed[channel.currency][sender] += returned;
        uint64 nonce = channel.nonce + 1;
        delete _channels[channelId];
        _channels[channelId].nonce = nonce;
        emit ChannelClosed(channelId, sender, returned);
    }

    function _open(bytes32 channelId) private view returns (Channel storage channel) {
        channel = _channels[channelId];
        require(channel.deposit > 0, UnknownChannel(channelId));
    }

    function _requireLater(uint64 expiration, uint64 than) private pure {
        require(expiration > than, ExpirationTooEarly(expiration, than));
    }
}
