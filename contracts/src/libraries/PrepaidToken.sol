// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {NotModelOwner} from "../interfaces/Errors.sol";
import {IAccess} from "../interfaces/IAccess.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IPrepaidToken} from "../interfaces/IPrepaidToken.sol";
import {IRevenue} from "../interfaces/IRevenue.sol";

/// @title Prepaid token
/// @author mnft
/// @notice Calls of one model that were paid for before they are made; the money waits here until they are.
/// @dev The token balance is always at least the price of all calls that are left.
/// No guard against re-entrancy is needed: the one token is OpenZeppelin's ERC-20, which calls nobody back, tokens are
/// minted without asking the receiver, and every other contract that is called is one of the deployment.
abstract contract PrepaidToken is ERC721, IPrepaidToken {
    using SafeERC20 for IERC20;

    IERC20 internal immutable _TOKEN;
    IModelRegistry internal immutable _REGISTRY;
    IRevenue private immutable _REVENUE;
    address private immutable _GATEWAY;
    IAccess private immutable _ACCESS;
    uint256 private immutable _EPOCH_SECONDS;
    uint256 private immutable _SETTLEMENT_WINDOW_EPOCHS;

    mapping(uint256 tokenId => Prepaid prepaid) internal _prepaid;
    uint256 private _count;

    constructor(
        address token,
        address registry,
        address revenue,
        address gateway,
        address access,
        uint256 epochSeconds,
        uint256 settlementWindowEpochs
    ) {
        _TOKEN = IERC20(token);
        _REGISTRY = IModelRegistry(registry);
        _REVENUE = IRevenue(revenue);
        _GATEWAY = gateway;
        _ACCESS = IAccess(access);
        _EPOCH_SECONDS = epochSeconds;
        _SETTLEMENT_WINDOW_EPOCHS = settlementWindowEpochs;
    }

    /// @inheritdoc IPrepaidToken
    function spend(uint256 tokenId, uint256 modelId, uint32 version, address user, uint64 calls, uint256 at)
        external
        returns (uint64 spent, uint256 amount)
    {
        require(msg.sender == address(_ACCESS), OnlyAccess(msg.sender));
        spent = uint64(Math.min(calls, callsFor(tokenId, modelId, version, user, at)));
        if (spent == 0) return (0, 0);
        Prepaid storage prepaid = _prepaid[tokenId];
        amount = uint256(spent) * prepaid.callPrice;

        prepaid.callsLeft -= spent;
        emit CallsSpent(tokenId, modelId, spent, amount);

        _TOKEN.safeTransfer(_GATEWAY, amount);
    }

    /// @inheritdoc IPrepaidToken
    function lapse(uint256 tokenId) external {
        _requireOwned(tokenId);
        uint64 until = _settlesUntil(_prepaid[tokenId].expiresAt);
        require(block.timestamp > until, StillValid(tokenId, until));
        require(_prepaid[tokenId].callsLeft > 0, NothingLeft(tokenId));

        _forfeit(tokenId);
    }

    /// @inheritdoc IPrepaidToken
    function prepaidOf(uint256 tokenId) external view returns (Prepaid memory prepaid) {
        _requireOwned(tokenId);
        return _prepaid[tokenId];
    }

    /// @inheritdoc IPrepaidToken
    function count() external view returns (uint256 tokens) {
        return _count;
    }

    /// @inheritdoc IPrepaidToken
    function callsFor(uint256 tokenId, uint256 modelId, uint32 version, address user, uint256 at)
        public
        view
        returns (uint64 calls)
    {
        Prepaid storage prepaid = _prepaid[tokenId];
        if (prepaid.modelId != modelId || at > prepaid.expiresAt) return 0;
        if (prepaid.version != 0 && prepaid.version != version) return 0;
        return _holderOf(tokenId, at) == user ? prepaid.callsLeft : 0;
    }

    /// @notice Gives a token its calls.
    /// @dev The caller pays; the tokens come first, so no more is owed than was paid.
    /// @param tokenId The token, or 0 for a new one of the caller's.
    /// @param prepaid What it is good for from now on.
    /// @return issued The token's number.
    /// @return cost What the calls cost.
    function _issue(uint256 tokenId, Prepaid memory prepaid) internal returns (uint256 issued, uint256 cost) {
        cost = uint256(prepaid.callsLeft) * prepaid.callPrice;
        _TOKEN.safeTransferFrom(msg.sender, address(this), cost);
        issued = tokenId == 0 ? ++_count : tokenId;
        _prepaid[issued] = prepaid;
        if (tokenId == 0) _mint(msg.sender, issued);
    }

    /// @notice Sends what is left of a token to the model's accrual.
    /// @param tokenId The token.
    function _forfeit(uint256 tokenId) internal {
        Prepaid storage prepaid = _prepaid[tokenId];
        uint64 calls = prepaid.callsLeft;
        uint256 amount = uint256(calls) * prepaid.callPrice;

        prepaid.callsLeft = 0;
        emit CallsLapsed(tokenId, prepaid.modelId, calls, amount);

        if (amount > 0) {
            _TOKEN.forceApprove(address(_REVENUE), amount);
            _REVENUE.payModel(prepaid.modelId, amount);
        }
    }

    /// @notice From now on the model's batches ask Access.
    /// @param modelId The model.
    function _manage(uint256 modelId) internal {
        _ACCESS.manage(modelId);
    }

    /// @notice Who may call with a token.
    /// @param tokenId The token.
    /// @return holder Its owner, unless the collection says otherwise.
    function _holderOf(uint256 tokenId, uint256) internal view virtual returns (address holder) {
        return _ownerOf(tokenId);
    }

    function _requireModelOwner(uint256 modelId) internal view {
        address owner = IERC721(address(_REGISTRY)).ownerOf(modelId);
        require(owner == msg.sender, NotModelOwner(modelId, msg.sender));
    }

    function _requireCost(uint256 calls, uint256 callPrice, uint256 maximumCost) internal pure {
        uint256 cost = calls * callPrice;
        require(cost <= maximumCost, CostAboveMaximum(cost, maximumCost));
    }

    // The last second in which a call of the expiry's epoch settles.
    function _settlesUntil(uint64 expiresAt) private view returns (uint64 until) {
        uint256 lastEpoch = expiresAt / _EPOCH_SECONDS + _SETTLEMENT_WINDOW_EPOCHS;
        return uint64((lastEpoch + 1) * _EPOCH_SECONDS - 1);
    }
}
