// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {
    AmountIsZero,
    BatchReleased,
    HostNotActive,
    ModelNotActive,
    OnlyVerification,
    UnknownBatch
} from "./interfaces/Errors.sol";
import {IAccess} from "./interfaces/IAccess.sol";
import {IGateway} from "./interfaces/IGateway.sol";
import {ILineage} from "./interfaces/ILineage.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IPaymentChannels} from "./interfaces/IPaymentChannels.sol";
import {IPolicies} from "./interfaces/IPolicies.sol";
import {IPricing} from "./interfaces/IPricing.sol";
import {IRevenue} from "./interfaces/IRevenue.sol";
import {IStaking} from "./interfaces/IStaking.sol";

/// @title Gateway
/// @author mnft
/// @notice Users' escrow, the sessions that they sign, and receipts that hosts settle in Merkle batches.
/// @dev In each currency the balance is always at least all that is available, locked or held.
/// No guard against re-entrancy is needed: the tokens are OpenZeppelin's ERC-20s, which call nobody back, every other
/// contract that is called is one of the deployment, and none of them calls an account.
/// Amounts are narrowed to 128 bits, in a session to 104, which no sum exceeds: the tokens' supplies are below 2^100.
contract Gateway is IGateway, EIP712 {
    using SafeERC20 for IERC20;

    struct Escrow {
        uint128 available;
        uint128 locked;
    }

    // A settled entry reads four of the slots and writes one.
    struct StoredSession {
        address user;
        uint64 expiresAt;
        uint32 version;
        address host;
        bool commercial;
        uint8 territory;
        uint8 useCase;
        bool closed;
        uint64 policedLicence; // Zero where the version's licence has no policy.
        uint104 spent;
        uint64 settledSequence;
        uint64 closeRequestedAt;
        uint8 currency; // Its place in the list: zero for MNFT.
        uint104 maximumTotal;
        uint104 prepaid; // What had been paid ahead for settled calls.
        uint48 modelId;
        uint256 maximumPrice;
        uint256 nonce;
        uint128 refunded;
    }

    struct StoredBatch {
        address host;
        uint40 settledAt;
        uint24 openChecks;
        uint16 hostFeeBps;
        uint16 dataPoolBps;
        uint128 held;
        uint64 calls;
        uint48 modelId;
        uint8 currency;
        bool released;
        bytes32 root;
    }

    // Whom the gateway asks: what users pay with, where the challenge window is, which versions are served, which models
    // are active, what receipts cost, where released batches go, which hosts are active, who may hold batches back and
    // refund, what uses are allowed, by what right a user calls.
    struct Contracts {
        address token;
        address parameters;
        address registry;
        address lineage;
        address pricing;
        address revenue;
        address staking;
        address verification;
        address policies;
        address access;
    }

    // What else users may pay with. No model is priced in a currency without a Revenue.
    struct Currency {
        address token;
        address revenue;
    }

    // What the entries of one batch share.
    struct Settlement {
        uint256 batchId;
        uint256 modelId;
        uint64 oldestEpoch;
        uint64 currentEpoch;
        uint32 servableVersion;
        uint64 calls;
        bool isManaged;
        uint8 currency;
        uint128 amount;
    }

    uint256 private constant _BPS = 10_000;
    uint256 private constant _MAXIMUM_ENTRIES = 64;
    uint256 private constant _MAXIMUM_RELEASES = 32;
    uint8 private constant _HOST = 0;
    bytes32 private constant _SESSION_TYPE_HASH = keccak256(
        "Session(address user,address host,uint256 modelId,uint32 version,uint256 maximumPrice,uint256 maximumTotal,uint64 expiresAt,uint256 nonce,bool commercial,uint8 territory,uint8 useCase)"
    );
    bytes32 private constant _RECEIPT_TYPE_HASH = keccak256(
        "InferenceReceipt(bytes32 sessionId,uint64 sequence,bytes32 inputCommitment,bytes32 outputHash,uint64 inputTokens,uint64 outputTokens,uint64 microMegapixels,uint64 steps,uint64 servedAt,bytes32 previousReceiptHash)"
    );

    IERC20 private immutable _TOKEN;
    IParameterStore private immutable _PARAMETERS;
    IModelRegistry private immutable _REGISTRY;
    ILineage private immutable _LINEAGE;
    IPricing private immutable _PRICING;
    IRevenue private immutable _REVENUE;
    IStaking private immutable _STAKING;
    address private immutable _VERIFICATION;
    IPolicies private immutable _POLICIES;
    IAccess private immutable _ACCESS;
    uint256 private immutable _EPOCH_SECONDS;
    uint256 private immutable _SETTLEMENT_WINDOW_EPOCHS;
    uint256 private immutable _CLOSE_DELAY_SECONDS;

    // By user, with the currency's place in the list above the address.
    mapping(uint256 key => Escrow escrow) private _escrows;
    Currency[] private _currencies;
    mapping(bytes32 sessionId => StoredSession session) private _sessions;
    mapping(uint256 batchId => StoredBatch batch) private _batches;
    uint256 private _batchCount;

    /// @notice Fixes whom the gateway asks, and its times.
    /// @param contracts Whom the gateway asks.
    /// @param currencies What else users may pay with, and where their batches go.
    /// @param epochSeconds How long an epoch is.
    /// @param settlementWindowEpochs How many past epochs still settle.
    /// @param closeDelaySeconds How long a user's notice is.
    constructor(
        Contracts memory contracts,
        Currency[] memory currencies,
        uint256 epochSeconds,
        uint256 settlementWindowEpochs,
        uint256 closeDelaySeconds
    ) EIP712("mnft Gateway", "1") {
        _TOKEN = IERC20(contracts.token);
        _PARAMETERS = IParameterStore(contracts.parameters);
        _REGISTRY = IModelRegistry(contracts.registry);
        _LINEAGE = ILineage(contracts.lineage);
        _PRICING = IPricing(contracts.pricing);
        _REVENUE = IRevenue(contracts.revenue);
        _STAKING = IStaking(contracts.staking);
        _VERIFICATION = contracts.verification;
        _POLICIES = IPolicies(contracts.policies);
        _ACCESS = IAccess(contracts.access);
        _EPOCH_SECONDS = epochSeconds;
        _SETTLEMENT_WINDOW_EPOCHS = settlementWindowEpochs;
        _CLOSE_DELAY_SECONDS = closeDelaySeconds;
        for (uint256 i = 0; i < currencies.length; ++i) {
            _currencies.push(currencies[i]);
        }
    }

    /// @inheritdoc IGateway
    function deposit(uint256 amount) external {
        require(amount > 0, AmountIsZero());

        // The tokens come first: the token refuses more than its supply, so no sum below overflows.
        _TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        _escrows[_key(msg.sender, 0)].available += SafeCast.toUint128(amount);
        emit Deposited(msg.sender, amount);
    }

    /// @inheritdoc IGateway
    function withdraw(uint256 amount) external {
        require(amount > 0, AmountIsZero());
        _takeAvailable(msg.sender, 0, amount);
        emit Withdrawn(msg.sender, amount);

        _TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IGateway
    function depositIn(address currency, uint256 amount) external {
        require(amount > 0, AmountIsZero());
        (bool listed, uint8 place) = _placeOf(currency);
        require(listed, IPaymentChannels.UnknownCurrency(currency));

        // The tokens come first: the token refuses more than its supply, so no sum below overflows.
        uint256 before = IERC20(currency).balanceOf(address(this));
        IERC20(currency).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(currency).balanceOf(address(this)) - before;
        require(received == amount, IPaymentChannels.FeeOnTransfer(currency, amount, received));
        _escrows[_key(msg.sender, place)].available += SafeCast.toUint128(amount);
        emit DepositedIn(msg.sender, currency, amount);
    }

    /// @inheritdoc IGateway
    function withdrawIn(address currency, uint256 amount) external {
        require(amount > 0, AmountIsZero());
        (bool listed, uint8 place) = _placeOf(currency);
        require(listed, IPaymentChannels.UnknownCurrency(currency));
        _takeAvailable(msg.sender, place, amount);
        emit WithdrawnIn(msg.sender, currency, amount);

        IERC20(currency).safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IGateway
    function openSession(Session calldata session, bytes calldata signature) external returns (bytes32 sessionId) {
        sessionId = keccak256(abi.encode(_SESSION_TYPE_HASH, session));
        require(block.timestamp <= session.expiresAt, SessionExpired(sessionId, session.expiresAt));
        require(_sessions[sessionId].user == address(0), SessionKnown(sessionId));
        (address signer,,) = ECDSA.tryRecover(_hashTypedDataV4(sessionId), signature);
        require(signer == session.user && signer != address(0), WrongSigner(session.user, signer));
        uint64 policedLicence = _admit(session);
        // A model with a tariff has its currency for life.
        (, uint8 currency) = _placeOf(_PRICING.fixedCurrencyOf(session.modelId));
        _takeAvailable(session.user, currency, session.maximumTotal);

        _escrows[_key(session.user, currency)].locked += SafeCast.toUint128(session.maximumTotal);
        _store(_sessions[sessionId], session, policedLicence, currency);
        emit SessionOpened(sessionId, session.user, session.host, session.modelId, session.maximumTotal);
    }

    /// @inheritdoc IGateway
    function settle(uint256 modelId, bytes32 root, Entry[] calldata entries) external returns (uint256 batchId) {
        require(
            entries.length > 0 && entries.length <= _MAXIMUM_ENTRIES,
            BatchSizeInvalid(entries.length, _MAXIMUM_ENTRIES)
        );
        require(_STAKING.isActive(msg.sender, _HOST), HostNotActive(msg.sender));

        uint256 epoch = block.timestamp / _EPOCH_SECONDS;
        Settlement memory settlement;
        settlement.batchId = ++_batchCount;
        settlement.modelId = modelId;
        settlement.currentEpoch = SafeCast.toUint64(epoch);
        settlement.oldestEpoch = SafeCast.toUint64(Math.saturatingSub(epoch, _SETTLEMENT_WINDOW_EPOCHS));
        settlement.isManaged = _ACCESS.isManaged(modelId);
        for (uint256 i = 0; i < entries.length; ++i) {
            _settleEntry(settlement, entries[i]);
        }

        batchId = settlement.batchId;
        _storeBatch(settlement, root);
        emit BatchSettled(batchId, msg.sender, modelId, root, settlement.calls, settlement.amount);

        _PRICING.recordUsage(modelId, settlement.calls);
    }

    /// @inheritdoc IGateway
    function release(uint256[] calldata batchIds) external {
        require(
            batchIds.length > 0 && batchIds.length <= _MAXIMUM_RELEASES,
            BatchSizeInvalid(batchIds.length, _MAXIMUM_RELEASES)
        );
        uint256 window = _PARAMETERS.get("challengeWindowSeconds");
        for (uint256 i = 0; i < batchIds.length; ++i) {
            _release(batchIds[i], window);
        }
    }

    /// @inheritdoc IGateway
    function requestClose(bytes32 sessionId) external {
        StoredSession storage session = _known(sessionId);
        require(msg.sender == session.user, NotSessionUser(sessionId, msg.sender));
        require(!session.closed, SessionClosed(sessionId));
        require(session.closeRequestedAt == 0, CloseAlreadyRequested(sessionId));

        session.closeRequestedAt = SafeCast.toUint64(block.timestamp);
        emit CloseRequested(sessionId, _closableAt(session));
    }

    /// @inheritdoc IGateway
    function closeSession(bytes32 sessionId) external {
        StoredSession storage session = _known(sessionId);
        require(!session.closed, SessionClosed(sessionId));
        uint64 closableAt = _closableAt(session);
        require(
            msg.sender == session.host || block.timestamp >= closableAt, CloseTooEarly(sessionId, closableAt)
        );
        uint128 refunded = session.maximumTotal - session.spent;
        Escrow storage escrow = _escrows[_key(session.user, session.currency)];

        session.closed = true;
        escrow.available += refunded;
        escrow.locked -= refunded;
        emit SessionClosedAndRefunded(sessionId, refunded);

        if (session.policedLicence != 0) _POLICIES.leave(_useOf(session));
    }

    /// @inheritdoc IGateway
    function hold(uint256 batchId) external {
        require(msg.sender == _VERIFICATION, OnlyVerification(msg.sender));
        ++_settled(batchId).openChecks;
    }

    /// @inheritdoc IGateway
    function settleCheck(uint256 batchId, bytes32 sessionId, uint256 refund) external returns (uint256 refunded) {
        require(msg.sender == _VERIFICATION, OnlyVerification(msg.sender));
        StoredBatch storage batch = _settled(batchId);
        StoredSession storage session = _known(sessionId);
        // The mean was higher before calls that cost less: all refunds together are at most all that was paid.
        uint256 kept = uint256(session.spent) + session.prepaid - session.refunded;
        refunded = Math.min(Math.min(refund, batch.held), kept);

        --batch.openChecks;
        if (refunded > 0) {
            uint128 narrow = uint128(refunded); // At most what the batch holds.
            batch.held -= narrow;
            session.refunded += narrow;
            _escrows[_key(session.user, session.currency)].available += narrow;
            emit ReceiptRefunded(batchId, sessionId, refunded);
        }
    }

    /// @inheritdoc IGateway
    function escrowOf(address user) external view returns (uint256 available, uint256 locked) {
        Escrow storage escrow = _escrows[_key(user, 0)];
        return (escrow.available, escrow.locked);
    }

    /// @inheritdoc IGateway
    function escrowIn(address user, address currency) external view returns (uint256 available, uint256 locked) {
        (bool listed, uint8 place) = _placeOf(currency);
        if (!listed) return (0, 0);
        Escrow storage escrow = _escrows[_key(user, place)];
        return (escrow.available, escrow.locked);
    }

    /// @inheritdoc IGateway
    function revenueOf(address currency) external view returns (address revenue) {
        (bool listed, uint8 place) = _placeOf(currency);
        if (!listed) return address(0);
        return place == 0 ? address(_REVENUE) : _currencies[place - 1].revenue;
    }

    /// @inheritdoc IGateway
    function sessionOf(bytes32 sessionId)
        external
        view
        returns (Session memory session, uint256 spent, uint64 settledSequence, uint64 closeRequestedAt, bool closed)
    {
        StoredSession storage stored = _known(sessionId);
        session.user = stored.user;
        session.host = stored.host;
        session.modelId = stored.modelId;
        session.version = stored.version;
        session.maximumPrice = stored.maximumPrice;
        session.maximumTotal = stored.maximumTotal;
        session.expiresAt = stored.expiresAt;
        session.nonce = stored.nonce;
        session.commercial = stored.commercial;
        session.territory = stored.territory;
        session.useCase = stored.useCase;
        return (session, stored.spent, stored.settledSequence, stored.closeRequestedAt, stored.closed);
    }

    /// @inheritdoc IGateway
    function batchOf(uint256 batchId)
        external
        view
        returns (
            address host,
            uint256 modelId,
            bytes32 root,
            uint256 held,
            uint64 calls,
            uint64 settledAt,
            uint32 openChecks,
            bool released
        )
    {
        StoredBatch storage batch = _settled(batchId);
        return (
            batch.host,
            batch.modelId,
            batch.root,
            batch.held,
            batch.calls,
            batch.settledAt,
            batch.openChecks,
            batch.released
        );
    }

    /// @inheritdoc IGateway
    function batchCount() external view returns (uint256 count) {
        return _batchCount;
    }

    /// @inheritdoc IGateway
    function receiptDigest(InferenceReceipt calldata receipt) external view returns (bytes32 digest) {
        return _digest(receipt);
    }

    /// @inheritdoc IGateway
    function isInBatch(uint256 batchId, InferenceReceipt calldata receipt, bytes32[] calldata proof)
        external
        view
        returns (bool contained)
    {
        StoredBatch storage batch = _batches[batchId];
        StoredSession storage session = _sessions[receipt.sessionId];
        bool settledByHost = session.user != address(0) && session.host == batch.host
            && session.modelId == batch.modelId && receipt.sequence > 0 && receipt.sequence <= session.settledSequence;
        // A leaf hashes 66 bytes and a node 64, so no node passes for a leaf.
        return settledByHost && MerkleProof.verifyCalldata(proof, batch.root, _digest(receipt));
    }

    /// @inheritdoc IGateway
    function refundableOf(InferenceReceipt calldata receipt) external view returns (uint256 amount) {
        StoredSession storage session = _known(receipt.sessionId);
        // Rounding down favours the payees.
        uint256 paid = uint256(session.spent) + session.prepaid;
        return session.settledSequence == 0 ? 0 : paid / session.settledSequence;
    }

    /// @inheritdoc IGateway
    function refundsOf(bytes32 sessionId) external view returns (uint256 prepaid, uint256 refunded) {
        StoredSession storage session = _known(sessionId);
        return (session.prepaid, session.refunded);
    }

    // Here and below `if` and `revert` stand where nearly always all is well: `require` would make an error's arguments
    // ready for every entry.
    function _settleEntry(Settlement memory settlement, Entry memory entry) private {
        StoredSession storage session = _known(entry.sessionId);
        _requireNext(settlement.modelId, session, entry);
        _requireServable(settlement, session.version);
        _requireEpoch(settlement, session, entry);

        uint64 calls = entry.lastSequence - entry.firstSequence + 1;
        if (session.policedLicence != 0) _recordUse(session, entry.epoch, calls);
        uint256 price = _quote(settlement.modelId, calls, entry);
        if (settlement.isManaged) price = _useAccess(settlement, session, entry.epoch, calls, price);
        (uint104 due, uint104 spent) = _affordable(calls, price, session, entry.sessionId);

        session.spent = spent;
        session.settledSequence = entry.lastSequence;
        settlement.currency = session.currency; // The same in all sessions of a model.
        _escrows[_key(session.user, session.currency)].locked -= due;
        emit ReceiptsSettled(entry.sessionId, settlement.batchId, entry.lastSequence, calls, due);
        settlement.calls += calls;
        settlement.amount += due;
    }

    // What is left to pay of a price, after the discounts of the calls; what was paid ahead for them joins the batch.
    function _useAccess(
        Settlement memory settlement,
        StoredSession storage session,
        uint64 epoch,
        uint64 calls,
        uint256 price
    ) private returns (uint256 due) {
        (uint256 waived, uint256 prepaid) =
            _ACCESS.consume(settlement.modelId, session.version, session.user, calls, epoch);
        if (prepaid > 0) {
            session.prepaid += SafeCast.toUint104(prepaid);
            settlement.amount += SafeCast.toUint128(prepaid);
        }
        uint256 whole = calls * _BPS;
        // Rounding up, as every price does.
        return Math.mulDiv(price, whole - waived, whole, Math.Rounding.Ceil);
    }

    function _release(uint256 batchId, uint256 window) private {
        StoredBatch storage batch = _settled(batchId);
        require(!batch.released, BatchReleased(batchId));
        uint64 until = SafeCast.toUint64(batch.settledAt + window);
        require(
            block.timestamp > until && batch.openChecks == 0, BatchHeld(batchId, until, batch.openChecks)
        );
        uint256 amount = batch.held;

        batch.held = 0;
        batch.released = true;
        emit BatchReleasedToRevenue(batchId, amount);

        (IERC20 token, IRevenue revenue) = _paidTo(batch.currency);
        token.safeTransfer(address(revenue), amount);
        revenue.credit(batch.modelId, batch.host, amount, batch.hostFeeBps, batch.dataPoolBps);
    }

    function _takeAvailable(address user, uint8 currency, uint256 amount) private {
        Escrow storage escrow = _escrows[_key(user, currency)];
        uint128 available = escrow.available;
        require(amount <= available, InsufficientEscrow(user, available, amount));
        escrow.available = available - SafeCast.toUint128(amount);
    }

    function _recordUse(StoredSession storage session, uint64 epoch, uint64 calls) private {
        uint8 reason = _POLICIES.record(_useOf(session), epoch, calls);
        require(reason == 0, PolicyRefused(session.modelId, reason));
    }

    function _store(
        StoredSession storage stored,
        Session calldata session,
        uint64 policedLicence,
        uint8 currency
    ) private {
        stored.user = session.user;
        stored.expiresAt = session.expiresAt;
        stored.version = session.version;
        stored.host = session.host;
        stored.commercial = session.commercial;
        stored.territory = session.territory;
        stored.useCase = session.useCase;
        stored.maximumTotal = SafeCast.toUint104(session.maximumTotal);
        stored.modelId = SafeCast.toUint48(session.modelId);
        stored.maximumPrice = session.maximumPrice;
        stored.nonce = session.nonce;
        stored.policedLicence = policedLicence;
        if (currency != 0) stored.currency = currency; // A slot that nothing else has touched yet.
    }

    function _storeBatch(Settlement memory settlement, bytes32 root) private {
        // The model's shares of today: no owner takes the host's fee back before the release.
        IPricing.Tariff memory tariff = _PRICING.tariffOf(settlement.modelId);
        StoredBatch storage batch = _batches[settlement.batchId];
        batch.host = msg.sender;
        batch.settledAt = SafeCast.toUint40(block.timestamp);
        batch.hostFeeBps = tariff.hostFeeBps;
        batch.dataPoolBps = tariff.dataPoolBps;
        batch.held = settlement.amount;
        batch.calls = settlement.calls;
        batch.modelId = SafeCast.toUint48(settlement.modelId);
        batch.currency = settlement.currency;
        batch.root = root;
    }

    function _admit(Session calldata session) private returns (uint64 policedLicence) {
        uint256 modelId = session.modelId;
        uint32 version = session.version;
        require(_STAKING.isActive(session.host, _HOST), HostNotActive(session.host));
        require(_LINEAGE.isActive(modelId), ModelNotActive(modelId));
        require(_REGISTRY.isServable(modelId, version), VersionNotServable(modelId, version));
        uint256 licenceId = _REGISTRY.licenceOf(modelId, version);
        (uint8 reason, bool policed) = _POLICIES.admit(
            IPolicies.Use(
                licenceId, modelId, session.user, session.commercial, session.territory, session.useCase
            )
        );
        require(reason == 0, PolicyRefused(modelId, reason));
        return policed ? SafeCast.toUint64(licenceId) : 0;
    }

    function _requireNext(uint256 modelId, StoredSession storage session, Entry memory entry) private view {
        uint64 first = entry.firstSequence;
        uint64 settled = session.settledSequence;
        if (session.host != msg.sender) revert WrongHost(entry.sessionId, msg.sender);
        if (session.modelId != modelId) revert WrongModel(entry.sessionId, modelId);
        if (session.closed) revert SessionClosed(entry.sessionId);
        if (first <= settled) revert ReceiptReplayed(entry.sessionId, settled, first);
        if (first != settled + 1) revert SequenceGap(entry.sessionId, settled + 1, first);
        if (entry.lastSequence < first) revert EmptyEntry(entry.sessionId);
    }

    // Most entries of a batch are of one version, which is asked for once.
    function _requireServable(Settlement memory settlement, uint32 version) private view {
        if (version == settlement.servableVersion) return;
        if (!_REGISTRY.isServable(settlement.modelId, version)) {
            revert VersionNotServable(settlement.modelId, version);
        }
        settlement.servableVersion = version;
    }

    function _requireEpoch(Settlement memory settlement, StoredSession storage session, Entry memory entry)
        private
        view
    {
        uint64 epoch = entry.epoch;
        if (epoch < settlement.oldestEpoch || epoch > settlement.currentEpoch) {
            revert EpochOutOfWindow(epoch, settlement.oldestEpoch, settlement.currentEpoch);
        }
        if (epoch * _EPOCH_SECONDS > session.expiresAt) revert EpochAfterExpiry(entry.sessionId, epoch);
    }

    function _quote(uint256 modelId, uint64 calls, Entry memory entry) private view returns (uint256 price) {
        IPricing.Usage memory usage =
            IPricing.Usage(calls, entry.inputTokens, entry.outputTokens, entry.microMegapixels, entry.steps);
        return _PRICING.quoteAt(modelId, usage, entry.epoch);
    }

    function _affordable(uint64 calls, uint256 price, StoredSession storage session, bytes32 sessionId)
        private
        view
        returns (uint104 due, uint104 spentThen)
    {
        // Beyond the type both limits are the largest number: they then refuse or allow as in life.
        uint256 maximum = Math.saturatingMul(calls, session.maximumPrice);
        if (price > maximum) revert PriceAboveMaximum(sessionId, price, maximum);
        uint256 spent = Math.saturatingAdd(session.spent, price);
        uint104 maximumTotal = session.maximumTotal;
        if (spent > maximumTotal) revert SessionMaximumExceeded(sessionId, spent, maximumTotal);
        return (uint104(price), uint104(spent)); // Both are at most the maximum total.
    }

    // A currency's place in the list; few currencies, and nearly always the first.
    function _placeOf(address currency) private view returns (bool listed, uint8 place) {
        if (currency == address(_TOKEN)) return (true, 0);
        uint256 count = _currencies.length;
        for (uint256 i = 0; i < count; ++i) {
            if (_currencies[i].token == currency) return (true, uint8(i + 1));
        }
    }

    function _paidTo(uint8 place) private view returns (IERC20 token, IRevenue revenue) {
        if (place == 0) return (_TOKEN, _REVENUE);
        Currency storage currency = _currencies[place - 1];
        return (IERC20(currency.token), IRevenue(currency.revenue));
    }

    function _useOf(StoredSession storage session) private view returns (IPolicies.Use memory use) {
        return IPolicies.Use(
            session.policedLicence,
            session.modelId,
            session.user,
            session.commercial,
            session.territory,
            session.useCase
        );
    }

    function _closableAt(StoredSession storage session) private view returns (uint64 closableAt) {
        // A session that never expires closes after a notice alone: the time stays within its type.
        uint256 earliest = Math.min(session.expiresAt + _CLOSE_DELAY_SECONDS + 1, type(uint64).max);
        uint256 requestedAt = session.closeRequestedAt;
        if (requestedAt > 0) earliest = Math.min(earliest, requestedAt + _CLOSE_DELAY_SECONDS);
        return SafeCast.toUint64(earliest);
    }

    function _known(bytes32 sessionId) private view returns (StoredSession storage session) {
        session = _sessions[sessionId];
        if (session.user == address(0)) revert UnknownSession(sessionId);
    }

    function _settled(uint256 batchId) private view returns (StoredBatch storage batch) {
        batch = _batches[batchId];
        require(batch.host != address(0), UnknownBatch(batchId));
    }

    function _key(address user, uint8 currency) private pure returns (uint256 key) {
        return uint256(uint160(user)) | (uint256(currency) << 160);
    }

    function _digest(InferenceReceipt calldata receipt) private view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(_RECEIPT_TYPE_HASH, receipt)));
    }
}
