// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Key releases
/// @author mnft
/// @notice Who may have the key of sealed weights, what it costs, and the keys, each wrapped for its asker.
/// @dev Times are Unix seconds, amounts are in the smallest unit of the settlement token. Public keys are X25519's,
/// 32 bytes as in RFC 7748.
interface IKeyReleases {
    /// @notice What an owner says of a sealed version.
    /// @param keyHash keccak256 of the data key, which is 32 random bytes; fixed once and for all.
    /// @param keeper Who answers requests beside the owner; nobody where it is zero.
    /// @param rightsOnly Whether only holders of the model's weights right may ask; else whoever may call, too.
    /// @param fee What a key costs.
    struct Sealing {
        bytes32 keyHash;
        address keeper;
        bool rightsOnly;
        uint128 fee;
    }

    /// @notice A request for a key.
    /// @param modelId The model.
    /// @param asker Who asks.
    /// @param version The version.
    /// @param status 1 asked, 2 answered, 3 over.
    /// @param deadline The last second for an answer, then the last one for a complaint.
    /// @param fee What is held of the asker's.
    /// @param publicKey The key that the answer is wrapped for.
    /// @param ephemeralKey The answerer's own public key; zero before the answer.
    /// @param wrappedKey The data key under the pad; zero before the answer.
    struct Request {
        uint256 modelId;
        address asker;
        uint32 version;
        uint8 status;
        uint64 deadline;
        uint128 fee;
        bytes32 publicKey;
        bytes32 ephemeralKey;
        bytes32 wrappedKey;
    }

    /// @notice An owner committed to the key of a version.
    /// @param modelId The model.
    /// @param version The version.
    /// @param keyHash keccak256 of the key.
    event VersionSealed(uint256 indexed modelId, uint32 indexed version, bytes32 keyHash);

    /// @notice Who may have the key, from whom, and for what.
    /// @param modelId The model.
    /// @param version The version.
    /// @param keeper Who answers beside the owner.
    /// @param rightsOnly Whether only holders of the weights right may ask.
    /// @param fee What a key costs.
    event KeyTermsSet(
        uint256 indexed modelId, uint32 indexed version, address indexed keeper, bool rightsOnly, uint128 fee
    );

    /// @notice Somebody who may have a key asks for it.
    /// @param requestId The request.
    /// @param modelId The model.
    /// @param asker Who asks.
    /// @param version The version.
    /// @param publicKey The key that the answer is to be wrapped for.
    /// @param fee What is held until the request is over.
    /// @param deadline The last second for an answer.
    event KeyRequested(
        uint256 indexed requestId,
        uint256 indexed modelId,
        address indexed asker,
        uint32 version,
        bytes32 publicKey,
        uint128 fee,
        uint64 deadline
    );

    /// @notice The key was released, wrapped for its asker.
    /// @param requestId The request.
    /// @param ephemeralKey The answerer's public key, made for this answer.
    /// @param wrappedKey The data key under the pad.
    /// @param deadline The last second for a complaint.
    event KeyReleased(uint256 indexed requestId, bytes32 ephemeralKey, bytes32 wrappedKey, uint64 deadline);

    /// @notice The asker showed that what came is not the key.
    /// @param requestId The request.
    /// @param unwrapped What came instead.
    event KeyDisproved(uint256 indexed requestId, bytes32 unwrapped);

    /// @notice A request is over.
    /// @param requestId The request.
    /// @param refunded What went back to the asker.
    /// @param paid What went to the model.
    event RequestClosed(uint256 indexed requestId, uint128 refunded, uint128 paid);

    /// @notice Too late for an answer.
    /// @param requestId The request.
    /// @param deadline The last second in which it was possible.
    error AnswerOverdue(uint256 requestId, uint64 deadline);

    /// @notice Too late for a complaint.
    /// @param requestId The request.
    /// @param deadline The last second in which it was possible.
    error ComplaintOverdue(uint256 requestId, uint64 deadline);

    /// @notice A key costs more than the asker said.
    /// @param fee What it costs.
    /// @param maximumFee What the asker said.
    error FeeAboveMaximum(uint128 fee, uint128 maximumFee);

    /// @notice No key has this hash.
    error KeyHashIsZero();

    /// @notice What came is the key that its owner committed to.
    /// @param requestId The request.
    error KeyIsRight(uint256 requestId);

    /// @notice Neither the owner, nor by right, nor by the rule that admits calls.
    /// @param modelId The model.
    /// @param version The version.
    /// @param asker Who asked.
    error KeyRefused(uint256 modelId, uint32 version, address asker);

    /// @notice Only the model's owner and the keeper whom it named answer.
    /// @param requestId The request.
    /// @param caller Who tried.
    error NotKeeper(uint256 requestId, address caller);

    /// @notice The version's owner committed to no key.
    /// @param modelId The model.
    /// @param version The version.
    error NotSealed(uint256 modelId, uint32 version);

    /// @notice The request is not at this stage.
    /// @param requestId The request.
    /// @param status Where it is: 1 asked, 2 answered, 3 over.
    error RequestNotThere(uint256 requestId, uint8 status);

    /// @notice Its deadline is not over.
    /// @param requestId The request.
    /// @param deadline The last second of the stage that it is at.
    error RequestRunning(uint256 requestId, uint64 deadline);

    /// @notice There is no such request.
    /// @param requestId The request.
    error UnknownRequest(uint256 requestId);

    /// @notice The key of a version is fixed once.
    /// @param modelId The model.
    /// @param version The version.
    error VersionIsSealed(uint256 modelId, uint32 version);

    /// @notice The private key does not belong to the request's public key.
    /// @param requestId The request.
    error WrongPrivateKey(uint256 requestId);

    /// @notice Commits to the key of a version, once; owner only.
    /// @param modelId The model.
    /// @param version The version.
    /// @param keyHash keccak256 of the key.
    /// @param keeper Who answers beside the owner; zero for nobody.
    /// @param rightsOnly Whether only holders of the weights right may ask.
    /// @param fee What a key costs.
    function seal(uint256 modelId, uint32 version, bytes32 keyHash, address keeper, bool rightsOnly, uint128 fee)
        external;

    /// @notice Changes who may have the key, from whom and for what; requests that were made stay as they are.
    /// @param modelId The model.
    /// @param version The version.
    /// @param keeper Who answers beside the owner; zero for nobody.
    /// @param rightsOnly Whether only holders of the weights right may ask.
    /// @param fee What a key costs.
    function setTerms(uint256 modelId, uint32 version, address keeper, bool rightsOnly, uint128 fee) external;

    /// @notice Asks for a key; the fee is pulled by allowance, and none of the owner.
    /// @param modelId The model.
    /// @param version The version.
    /// @param publicKey The key that the answer is to be wrapped for; best a new one for each request.
    /// @param maximumFee What the asker pays at most.
    /// @return requestId The request's number, from 1.
    function request(uint256 modelId, uint32 version, bytes32 publicKey, uint128 maximumFee)
        external
        returns (uint256 requestId);

    /// @notice Releases a key; owner or keeper, in time.
    /// @param requestId The request.
    /// @param ephemeralKey The answerer's public key, made for this answer.
    /// @param wrappedKey The data key XOR `padOf` of the shared secret.
    function answer(uint256 requestId, bytes32 ephemeralKey, bytes32 wrappedKey) external;

    /// @notice Shows that an answer is not the key, and pays the asker its fee back; anyone with the private key.
    /// @dev Whoever complains makes the private key public.
    /// @param requestId The request.
    /// @param privateKey The private key of the request's public key.
    function complain(uint256 requestId, bytes32 privateKey) external;

    /// @notice Ends a request whose deadline is over: the fee goes back where nobody answered, else to the model.
    /// @param requestId The request.
    function close(uint256 requestId) external;

    /// @notice What an owner says of a sealed version.
    /// @param modelId The model.
    /// @param version The version.
    /// @return sealing Zeros where it is not sealed.
    function sealingOf(uint256 modelId, uint32 version) external view returns (Sealing memory sealing);

    /// @notice A request.
    /// @param requestId The request.
    /// @return asked What it is, and where.
    function requestOf(uint256 requestId) external view returns (Request memory asked);

    /// @notice Whether somebody may ask for a key now.
    /// @param modelId The model.
    /// @param version The version.
    /// @param asker Who would ask.
    /// @return admitted True for the owner, holders of the weights right, and, unless the terms say rights only, whom
    /// Access admits.
    function mayAsk(uint256 modelId, uint32 version, address asker) external view returns (bool admitted);

    /// @notice How many requests there were.
    /// @return requests Their number, which is also the newest one's.
    function count() external view returns (uint256 requests);

    /// @notice The pad of an answer: HKDF-SHA-256 of the shared secret, for this request and these keys alone.
    /// @param requestId The request.
    /// @param secret What X25519 gives for one's private and the other's public key.
    /// @param ephemeralKey The answerer's public key.
    /// @return pad What the data key is XORed with.
    function padOf(uint256 requestId, bytes32 secret, bytes32 ephemeralKey) external view returns (bytes32 pad);
}
