// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {NotModelOwner} from "./interfaces/Errors.sol";
import {IAccess} from "./interfaces/IAccess.sol";
import {IKeyReleases} from "./interfaces/IKeyReleases.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IRevenue} from "./interfaces/IRevenue.sol";
import {IRights} from "./interfaces/IRights.sol";
import {X25519} from "./libraries/X25519.sol";

/// @title Key releases
/// @author mnft
/// @notice Keys of sealed weights, released to whom the rules admit, each wrapped for its asker.
/// @dev The token balance is always at least the fees of all requests that are not over.
contract KeyReleases is IKeyReleases {
    using SafeERC20 for IERC20;

    uint8 private constant _ASKED = 1;
    uint8 private constant _ANSWERED = 2;
    uint8 private constant _OVER = 3;
    uint8 private constant _WEIGHTS = 3;

    IERC20 private immutable _TOKEN;
    IParameterStore private immutable _PARAMETERS;
    IModelRegistry private immutable _REGISTRY;
    IRevenue private immutable _REVENUE;
    IAccess private immutable _ACCESS;
    IRights private immutable _RIGHTS;
    uint256 private immutable _EPOCH_SECONDS;

    mapping(uint256 modelId => mapping(uint32 version => Sealing sealing)) private _sealings;
    mapping(uint256 requestId => Request asked) private _requests;
    uint256 private _count;

    /// @notice Fixes who is asked and paid.
    /// @param token What is paid with.
    /// @param parameters Where the windows are.
    /// @param registry Whose models these are.
    /// @param revenue Where fees go.
    /// @param access Who may call.
    /// @param rights Who holds a weights right.
    /// @param epochSeconds The length of an epoch.
    constructor(
        address token,
        address parameters,
        address registry,
        address revenue,
        address access,
        address rights,
        uint256 epochSeconds
    ) {
        _TOKEN = IERC20(token);
        _PARAMETERS = IParameterStore(parameters);
        _REGISTRY = IModelRegistry(registry);
        _REVENUE = IRevenue(revenue);
        _ACCESS = IAccess(access);
        _RIGHTS = IRights(rights);
        _EPOCH_SECONDS = epochSeconds;
    }

    /// @inheritdoc IKeyReleases
    function seal(uint256 modelId, uint32 version, bytes32 keyHash, address keeper, bool rightsOnly, uint128 fee)
        external
    {
        _requireModelOwner(modelId);
        _REGISTRY.licenceOf(modelId, version);
        require(keyHash != 0, KeyHashIsZero());
        require(_sealings[modelId][version].keyHash == 0, VersionIsSealed(modelId, version));

        _sealings[modelId][version] = Sealing(keyHash, keeper, rightsOnly, fee);
        emit VersionSealed(modelId, version, keyHash);
        emit KeyTermsSet(modelId, version, keeper, rightsOnly, fee);
    }

    /// @inheritdoc IKeyReleases
    function setTerms(uint256 modelId, uint32 version, address keeper, bool rightsOnly, uint128 fee) external {
        _requireModelOwner(modelId);
        bytes32 keyHash = _requireSealed(modelId, version).keyHash;

        _sealings[modelId][version] = Sealing(keyHash, keeper, rightsOnly, fee);
        emit KeyTermsSet(modelId, version, keeper, rightsOnly, fee);
    }

    /// @inheritdoc IKeyReleases
    function request(uint256 modelId, uint32 version, bytes32 publicKey, uint128 maximumFee)
        external
        returns (uint256 requestId)
    {
        Sealing storage sealing = _requireSealed(modelId, version);
        require(mayAsk(modelId, version, msg.sender), KeyRefused(modelId, version, msg.sender));
        uint128 fee = _REGISTRY.ownerOf(modelId) == msg.sender ? 0 : sealing.fee;
        require(fee <= maximumFee, FeeAboveMaximum(fee, maximumFee));
        uint64 deadline = _after("answerWindowSeconds");

        requestId = ++_count;
        _requests[requestId] = Request(modelId, msg.sender, version, _ASKED, deadline, fee, publicKey, 0, 0);
        emit KeyRequested(requestId, modelId, msg.sender, version, publicKey, fee, deadline);

        _TOKEN.safeTransferFrom(msg.sender, address(this), fee);
    }

    /// @inheritdoc IKeyReleases
    function answer(uint256 requestId, bytes32 ephemeralKey, bytes32 wrappedKey) external {
        Request storage asked = _requireAt(requestId, _ASKED);
        bool isKeeper = _sealings[asked.modelId][asked.version].keeper == msg.sender;
        require(isKeeper || _REGISTRY.ownerOf(asked.modelId) == msg.sender, NotKeeper(requestId, msg.sender));
        require(block.timestamp <= asked.deadline, AnswerOverdue(requestId, asked.deadline));
        uint64 deadline = _after("challengeWindowSeconds");

        asked.status = _ANSWERED;
        asked.deadline = deadline;
        asked.ephemeralKey = ephemeralKey;
        asked.wrappedKey = wrappedKey;
        emit KeyReleased(requestId, ephemeralKey, wrappedKey, deadline);
    }

    /// @inheritdoc IKeyReleases
    function complain(uint256 requestId, bytes32 privateKey) external {
        Request storage asked = _requireAt(requestId, _ANSWERED);
        require(block.timestamp <= asked.deadline, ComplaintOverdue(requestId, asked.deadline));
        require(X25519.multiply(privateKey, X25519.BASE) == asked.publicKey, WrongPrivateKey(requestId));
        bytes32 secret = X25519.multiply(privateKey, asked.ephemeralKey);
        bytes32 unwrapped = asked.wrappedKey ^ padOf(requestId, secret, asked.ephemeralKey);
        bytes32 keyHash = _sealings[asked.modelId][asked.version].keyHash;
        require(keccak256(abi.encode(unwrapped)) != keyHash, KeyIsRight(requestId));

        emit KeyDisproved(requestId, unwrapped);
        _refund(requestId, asked);
    }

    /// @inheritdoc IKeyReleases
    function close(uint256 requestId) external {
        Request storage asked = _requests[requestId];
        require(asked.status != 0, UnknownRequest(requestId));
        require(asked.status != _OVER, RequestNotThere(requestId, _OVER));
        require(block.timestamp > asked.deadline, RequestRunning(requestId, asked.deadline));
        if (asked.status == _ASKED) {
            _refund(requestId, asked);
            return;
        }
        uint128 fee = asked.fee;

        asked.status = _OVER;
        emit RequestClosed(requestId, 0, fee);

        if (fee > 0) {
            _TOKEN.forceApprove(address(_REVENUE), fee);
            _REVENUE.payModel(asked.modelId, fee);
        }
    }

    /// @inheritdoc IKeyReleases
    function sealingOf(uint256 modelId, uint32 version) external view returns (Sealing memory sealing) {
        return _sealings[modelId][version];
    }

    /// @inheritdoc IKeyReleases
    function requestOf(uint256 requestId) external view returns (Request memory asked) {
        asked = _requests[requestId];
        require(asked.status != 0, UnknownRequest(requestId));
    }

    /// @inheritdoc IKeyReleases
    function count() external view returns (uint256 requests) {
        return _count;
    }

    /// @inheritdoc IKeyReleases
    function mayAsk(uint256 modelId, uint32 version, address asker) public view returns (bool admitted) {
        if (_REGISTRY.ownerOf(modelId) == asker || _RIGHTS.holds(modelId, _WEIGHTS, asker)) return true;
        if (_sealings[modelId][version].rightsOnly) return false;
        (IAccess.Mode mode,) = _ACCESS.authorize(modelId, version, asker, uint64(block.timestamp / _EPOCH_SECONDS));
        return mode != IAccess.Mode.Refused;
    }

    /// @inheritdoc IKeyReleases
    function padOf(uint256 requestId, bytes32 secret, bytes32 ephemeralKey) public view returns (bytes32 pad) {
        bytes memory purpose = abi.encode(address(this), requestId, _requests[requestId].publicKey, ephemeralKey);
        return X25519.derive(secret, purpose);
    }

    function _refund(uint256 requestId, Request storage asked) private {
        uint128 fee = asked.fee;

        asked.status = _OVER;
        emit RequestClosed(requestId, fee, 0);

        _TOKEN.safeTransfer(asked.asker, fee);
    }

    function _after(bytes32 window) private view returns (uint64 deadline) {
        return SafeCast.toUint64(block.timestamp + _PARAMETERS.get(window));
    }

    function _requireModelOwner(uint256 modelId) private view {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
    }

    function _requireSealed(uint256 modelId, uint32 version) private view returns (Sealing storage sealing) {
        sealing = _sealings[modelId][version];
        require(sealing.keyHash != 0, NotSealed(modelId, version));
    }

    function _requireAt(uint256 requestId, uint8 status) private view returns (Request storage asked) {
        asked = _requests[requestId];
        require(asked.status != 0, UnknownRequest(requestId));
        require(asked.status == status, RequestNotThere(requestId, asked.status));
    }
}
