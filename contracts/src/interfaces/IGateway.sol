// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Gateway
/// @author mnft
/// @notice Users' escrow, the sessions that they sign, and receipts that hosts settle in Merkle batches.
/// @dev Amounts are in the smallest unit of the model's currency, times in Unix seconds.
interface IGateway {
    /// @notice What a user signs; its EIP-712 struct hash is the session's id.
    // The order is what is signed.
    // solhint-disable-next-line gas-struct-packing
    struct Session {
        address user;
        address host;
        uint256 modelId;
        uint32 version;
        uint256 maximumPrice;
        uint256 maximumTotal;
        uint64 expiresAt;
        uint256 nonce;
        bool commercial;
        uint8 territory;
        uint8 useCase;
    }

    /// @notice One served call; its EIP-712 digest is a leaf of a batch.
    // The order is what is signed.
    // solhint-disable-next-line gas-struct-packing
    struct InferenceReceipt {
        bytes32 sessionId;
        uint64 sequence;
        bytes32 inputCommitment;
        bytes32 outputHash;
        uint64 inputTokens;
        uint64 outputTokens;
        uint64 microMegapixels;
        uint64 steps;
        uint64 servedAt;
        bytes32 previousReceiptHash;
    }

    /// @notice Consecutive receipts of one session in one epoch, added up.
    struct Entry {
        bytes32 sessionId;
        uint64 epoch;
        uint64 firstSequence;
        uint64 lastSequence;
        uint64 inputTokens;
        uint64 outputTokens;
        uint64 microMegapixels;
        uint64 steps;
    }

    /// @notice A user put tokens into escrow.
    /// @param user Whose escrow.
    /// @param amount How much.
    event Deposited(address indexed user, uint256 amount);

    /// @notice A user took tokens out of escrow.
    /// @param user Whose escrow.
    /// @param amount How much.
    event Withdrawn(address indexed user, uint256 amount);

    /// @notice A user put tokens of a currency into escrow.
    /// @param user Whose escrow.
    /// @param currency The token.
    /// @param amount How much.
    event DepositedIn(address indexed user, address indexed currency, uint256 amount);

    /// @notice A user took tokens of a currency out of escrow.
    /// @param user Whose escrow.
    /// @param currency The token.
    /// @param amount How much.
    event WithdrawnIn(address indexed user, address indexed currency, uint256 amount);

    /// @notice A signed session locked its maximum total.
    /// @param sessionId The session.
    /// @param user Who pays.
    /// @param host Who serves.
    /// @param modelId Which model.
    /// @param maximumTotal How much is locked.
    event SessionOpened(
        bytes32 indexed sessionId, address indexed user, address indexed host, uint256 modelId, uint256 maximumTotal
    );

    /// @notice A session paid for its receipts up to a sequence number.
    /// @param sessionId The session.
    /// @param batchId The batch that holds the price back.
    /// @param lastSequence The last receipt settled.
    /// @param calls How many were settled.
    /// @param price What they cost together.
    event ReceiptsSettled(
        bytes32 indexed sessionId, uint256 indexed batchId, uint64 lastSequence, uint64 calls, uint256 price
    );

    /// @notice A host settled a batch; its amount is held back until the challenge window is over.
    /// @param batchId The batch.
    /// @param host Who served.
    /// @param modelId Which model.
    /// @param root The Merkle root of the receipts.
    /// @param calls How many receipts.
    /// @param amount What they cost together.
    event BatchSettled(
        uint256 indexed batchId,
        address indexed host,
        uint256 indexed modelId,
        bytes32 root,
        uint64 calls,
        uint256 amount
    );

    /// @notice What a batch still held went to Revenue.
    /// @param batchId The batch.
    /// @param amount How much.
    event BatchReleasedToRevenue(uint256 indexed batchId, uint256 amount);

    /// @notice A user gave notice of closing a session.
    /// @param sessionId The session.
    /// @param closableAt When anyone may close it.
    event CloseRequested(bytes32 indexed sessionId, uint64 closableAt);

    /// @notice A session closed, and what it had not spent is the user's again.
    /// @param sessionId The session.
    /// @param refunded How much.
    event SessionClosedAndRefunded(bytes32 indexed sessionId, uint256 refunded);

    /// @notice A user got back what a receipt that failed its check had cost.
    /// @param batchId The batch that paid.
    /// @param sessionId The user's session.
    /// @param amount How much.
    event ReceiptRefunded(uint256 indexed batchId, bytes32 indexed sessionId, uint256 amount);

    /// @notice The batch may still be checked, or is being checked.
    /// @param batchId The batch.
    /// @param until The last second of the challenge window.
    /// @param openChecks How many checks are open.
    error BatchHeld(uint256 batchId, uint64 until, uint32 openChecks);

    /// @notice A list of entries or batches is empty or too long.
    /// @param count How many there are.
    /// @param maximum How many are allowed.
    error BatchSizeInvalid(uint256 count, uint256 maximum);

    /// @notice The user gave notice before.
    /// @param sessionId The session.
    error CloseAlreadyRequested(bytes32 sessionId);

    /// @notice The host may still settle.
    /// @param sessionId The session.
    /// @param closableAt When anyone may close it.
    error CloseTooEarly(bytes32 sessionId, uint64 closableAt);

    /// @notice An entry ends before it begins.
    /// @param sessionId The entry's session.
    error EmptyEntry(bytes32 sessionId);

    /// @notice The epoch begins after the session expired.
    /// @param sessionId The session.
    /// @param epoch The entry's epoch.
    error EpochAfterExpiry(bytes32 sessionId, uint64 epoch);

    /// @notice The epoch is in the future, or too old to settle.
    /// @param epoch The entry's epoch.
    /// @param oldest The oldest that settles.
    /// @param current The present one.
    error EpochOutOfWindow(uint64 epoch, uint64 oldest, uint64 current);

    /// @notice The user has less in escrow that no session locks.
    /// @param user The user.
    /// @param available What there is.
    /// @param needed What was asked for.
    error InsufficientEscrow(address user, uint256 available, uint256 needed);

    /// @notice Only the session's user may do this.
    /// @param sessionId The session.
    /// @param caller Who tried.
    error NotSessionUser(bytes32 sessionId, address caller);

    /// @notice The version's licence, or its policy, does not allow this use.
    /// @param modelId The model.
    /// @param reason 1 commercial use, 2 territory, 3 use case, 4 attestation, 5 calls in the period, 6 consent,
    /// 7 another session under the same limit.
    error PolicyRefused(uint256 modelId, uint8 reason);

    /// @notice The receipts cost more per call than the user signed for.
    /// @param sessionId The session.
    /// @param price What they cost together.
    /// @param maximum What that many calls may cost.
    error PriceAboveMaximum(bytes32 sessionId, uint256 price, uint256 maximum);

    /// @notice The receipts were settled before.
    /// @param sessionId The session.
    /// @param settled The last sequence number settled.
    /// @param firstSequence The entry's first.
    error ReceiptReplayed(bytes32 sessionId, uint64 settled, uint64 firstSequence);

    /// @notice Receipts settle in order, without gaps.
    /// @param sessionId The session.
    /// @param expected The next sequence number.
    /// @param firstSequence The entry's first.
    error SequenceGap(bytes32 sessionId, uint64 expected, uint64 firstSequence);

    /// @notice The session is closed.
    /// @param sessionId The session.
    error SessionClosed(bytes32 sessionId);

    /// @notice The session expired before it was opened.
    /// @param sessionId The session.
    /// @param expiresAt The last second of its life.
    error SessionExpired(bytes32 sessionId, uint64 expiresAt);

    /// @notice The session was opened before.
    /// @param sessionId The session.
    error SessionKnown(bytes32 sessionId);

    /// @notice The session would spend more than the user signed for.
    /// @param sessionId The session.
    /// @param spent What it would have spent.
    /// @param maximumTotal What it may spend.
    error SessionMaximumExceeded(bytes32 sessionId, uint256 spent, uint256 maximumTotal);

    /// @notice There is no such session.
    /// @param sessionId The session asked for.
    error UnknownSession(bytes32 sessionId);

    /// @notice The version does not exist or is deprecated.
    /// @param modelId The model.
    /// @param version The version.
    error VersionNotServable(uint256 modelId, uint32 version);

    /// @notice The session is another host's.
    /// @param sessionId The session.
    /// @param caller Who tried.
    error WrongHost(bytes32 sessionId, address caller);

    /// @notice The session is for another model than the batch.
    /// @param sessionId The session.
    /// @param modelId The batch's model.
    error WrongModel(bytes32 sessionId, uint256 modelId);

    /// @notice The session was not signed by its user.
    /// @param expected The user.
    /// @param recovered Who signed; zero for a signature that nobody can have made.
    error WrongSigner(address expected, address recovered);

    /// @notice Puts the caller's tokens into escrow; they are pulled by allowance.
    /// @param amount How much.
    function deposit(uint256 amount) external;

    /// @notice Returns tokens that no session locks to the caller.
    /// @param amount How much.
    function withdraw(uint256 amount) external;

    /// @notice Puts the caller's tokens of a currency into escrow; they are pulled by allowance, and what arrives is
    /// measured.
    /// @param currency The token.
    /// @param amount How much.
    function depositIn(address currency, uint256 amount) external;

    /// @notice Returns tokens of a currency that no session locks to the caller.
    /// @param currency The token.
    /// @param amount How much.
    function withdrawIn(address currency, uint256 amount) external;

    /// @notice Opens a session that its user signed, and locks its maximum total; anyone may bring it.
    /// @param session What was signed.
    /// @param signature The user's EIP-712 signature: r, s, v.
    /// @return sessionId The session's id.
    function openSession(Session calldata session, bytes calldata signature) external returns (bytes32 sessionId);

    /// @notice Takes the price of receipts from their sessions and holds it back; the caller is their host.
    /// @dev One refused entry refuses the whole batch.
    /// @param modelId The model that served them all.
    /// @param root The Merkle root of their digests, pairs sorted.
    /// @param entries What each session used, 1 to 64.
    /// @return batchId The batch's number.
    function settle(uint256 modelId, bytes32 root, Entry[] calldata entries) external returns (uint256 batchId);

    /// @notice Hands what batches hold to Revenue, once nobody may challenge them any more; anyone may.
    /// @param batchIds The batches, 1 to 32.
    function release(uint256[] calldata batchIds) external;

    /// @notice Gives the host notice that the session will be closed; only its user may.
    /// @param sessionId The session.
    function requestClose(bytes32 sessionId) external;

    /// @notice Closes a session: the host at any time, anyone after the notice or long enough after the expiry.
    /// @dev Receipts not settled are void from then on.
    /// @param sessionId The session.
    function closeSession(bytes32 sessionId) external;

    /// @notice Opens one check of a batch; only Verification may.
    /// @param batchId The batch.
    function hold(uint256 batchId) external;

    /// @notice Ends one check of a batch; only Verification may.
    /// @param batchId The batch.
    /// @param sessionId The session of the receipt that was checked.
    /// @param refund What its user gets back, as far as the batch still holds it and the session paid it.
    /// @return refunded What it does get back.
    function settleCheck(uint256 batchId, bytes32 sessionId, uint256 refund) external returns (uint256 refunded);

    /// @notice A user's escrow.
    /// @param user The user.
    /// @return available What can be withdrawn, or locked by a session.
    /// @return locked What sessions lock.
    function escrowOf(address user) external view returns (uint256 available, uint256 locked);

    /// @notice A user's escrow in a currency.
    /// @param user The user.
    /// @param currency The token.
    /// @return available What can be withdrawn, or locked by a session.
    /// @return locked What sessions lock.
    function escrowIn(address user, address currency) external view returns (uint256 available, uint256 locked);

    /// @notice Where the batches of a currency go.
    /// @param currency The token.
    /// @return revenue Its Revenue; zero where no model may be priced in it.
    function revenueOf(address currency) external view returns (address revenue);

    /// @notice A session and how far it is settled.
    /// @param sessionId The session.
    /// @return session What was signed.
    /// @return spent What its receipts have cost.
    /// @return settledSequence The last receipt settled.
    /// @return closeRequestedAt When its user gave notice, or zero.
    /// @return closed Whether it is closed.
    function sessionOf(bytes32 sessionId)
        external
        view
        returns (Session memory session, uint256 spent, uint64 settledSequence, uint64 closeRequestedAt, bool closed);

    /// @notice A batch and what it still holds.
    /// @param batchId The batch.
    /// @return host Who served.
    /// @return modelId Which model.
    /// @return root The Merkle root of the receipts.
    /// @return held What is held back.
    /// @return calls How many receipts.
    /// @return settledAt When it was settled.
    /// @return openChecks How many checks are open.
    /// @return released Whether what it held went to Revenue.
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
        );

    /// @notice How many batches there are; they are numbered from 1.
    /// @return count The number of the last.
    function batchCount() external view returns (uint256 count);

    /// @notice A receipt's leaf.
    /// @param receipt The receipt.
    /// @return digest Its EIP-712 digest.
    function receiptDigest(InferenceReceipt calldata receipt) external view returns (bytes32 digest);

    /// @notice Whether a proof leads from a receipt to a batch's root.
    /// @dev Its session must have settled that far, with the batch's host and model: no host can refund strangers
    /// by slipping a leaf of theirs into a tree.
    /// @param batchId The batch.
    /// @param receipt The receipt.
    /// @param proof The leaf's siblings, from the bottom up.
    /// @return contained Whether the receipt is one of the batch's.
    function isInBatch(uint256 batchId, InferenceReceipt calldata receipt, bytes32[] calldata proof)
        external
        view
        returns (bool contained);

    /// @notice What a failed receipt gives back: the mean of what its session's calls cost, now and ahead, rounded down.
    /// @dev The receipt's own usage and time are the host's word alone: were they priced here, an impossible time would
    /// make every check of the receipt fail, and an inflated usage would empty the batch.
    /// @param receipt The receipt.
    /// @return amount How much.
    function refundableOf(InferenceReceipt calldata receipt) external view returns (uint256 amount);

    /// @notice What had been paid ahead for a session's calls, and what it was refunded.
    /// @param sessionId The session.
    /// @return prepaid What the calls had cost that passes and credits paid for.
    /// @return refunded What failed receipts gave back; at most what was spent and prepaid.
    function refundsOf(bytes32 sessionId) external view returns (uint256 prepaid, uint256 refunded);
}
