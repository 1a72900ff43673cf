// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {NotModelOwner} from "./interfaces/Errors.sol";
import {IGateway} from "./interfaces/IGateway.sol";
import {ILineage} from "./interfaces/ILineage.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IRevenue} from "./interfaces/IRevenue.sol";
import {ITokenBoundAccounts} from "./interfaces/ITokenBoundAccounts.sol";
import {TokenBound} from "./libraries/TokenBound.sol";
import {TokenBoundAccount} from "./TokenBoundAccount.sol";

/// @title Token-bound accounts
/// @author mnft
/// @notice Creates accounts as the reference registry of ERC-6551 does, and lets a model's owner act through its one.
contract TokenBoundAccounts is ITokenBoundAccounts {
    address private immutable _TOKEN;
    IModelRegistry private immutable _REGISTRY;
    address private immutable _LINEAGE;
    address private immutable _GATEWAY;
    address private immutable _REVENUE;
    address private immutable _IMPLEMENTATION;

    mapping(address created => bool known) private _accounts;

    /// @notice Creates the code that models' accounts run.
    /// @param token What accounts pay with.
    /// @param registry Who owns a model.
    /// @param lineage Where forks are approved.
    /// @param gateway Where escrows are.
    /// @param revenue Where models are paid.
    constructor(address token, IModelRegistry registry, address lineage, address gateway, address revenue) {
        _TOKEN = token;
        _REGISTRY = registry;
        _LINEAGE = lineage;
        _GATEWAY = gateway;
        _REVENUE = revenue;
        _IMPLEMENTATION = address(new TokenBoundAccount());
    }

    /// @inheritdoc ITokenBoundAccounts
    function createAccount(
        address implementation,
        bytes32 salt,
        uint256 chainId,
        address tokenContract,
        uint256 tokenId
    ) external returns (address created) {
        bytes memory code = TokenBound.creationCode(implementation, salt, chainId, tokenContract, tokenId);
        created = TokenBound.addressOf(address(this), salt, code);
        if (_accounts[created]) return created;

        _accounts[created] = true;
        emit ERC6551AccountCreated(created, implementation, salt, chainId, tokenContract, tokenId);
        Create2.deploy(0, salt, code);
    }

    /// @inheritdoc ITokenBoundAccounts
    function act(uint256 modelId, address target, bytes calldata data) external {
        require(_REGISTRY.ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
        address actor = _accountOf(modelId);
        require(_accounts[actor], AccountNotCreated(actor));

        emit AccountActed(modelId, actor, target, bytes4(data));
        TokenBoundAccount(payable(actor)).act(target, data);
    }

    /// @inheritdoc ITokenBoundAccounts
    function account(
        address implementation,
        bytes32 salt,
        uint256 chainId,
        address tokenContract,
        uint256 tokenId
    ) external view returns (address computed) {
        bytes memory code = TokenBound.creationCode(implementation, salt, chainId, tokenContract, tokenId);
        return TokenBound.addressOf(address(this), salt, code);
    }

    /// @inheritdoc ITokenBoundAccounts
    function accountOf(uint256 modelId) external view returns (address computed) {
        return _accountOf(modelId);
    }

    /// @inheritdoc ITokenBoundAccounts
    function isAccount(address created) external view returns (bool known) {
        return _accounts[created];
    }

    /// @inheritdoc ITokenBoundAccounts
    function stateOf(uint256 modelId) external view returns (uint256 count) {
        address actor = _accountOf(modelId);
        return _accounts[actor] ? TokenBoundAccount(payable(actor)).state() : 0;
    }

    /// @inheritdoc ITokenBoundAccounts
    function isInScope(address target, bytes4 selector) external view returns (bool allowed) {
        if (target == _TOKEN) {
            return
                selector == IERC20.transfer.selector ||
                selector == IERC20.approve.selector ||
                selector == IERC20.transferFrom.selector;
        }
        if (target == address(_REGISTRY)) {
            return
                selector == IERC721.transferFrom.selector ||
                selector == IERC721.approve.selector ||
                selector == IERC721.setApprovalForAll.selector;
        }
        if (target == _GATEWAY) {
            return selector == IGateway.deposit.selector || selector == IGateway.withdraw.selector;
        }
        if (target == _REVENUE) {
            return selector == IRevenue.payModel.selector || selector == IRevenue.withdraw.selector;
        }
        return target == _LINEAGE && selector == ILineage.approveChild.selector;
    }

    function _accountOf(uint256 modelId) private view returns (address computed) {
        bytes memory code = TokenBound.creationCode(
            _IMPLEMENTATION,
            bytes32(0),
            block.chainid,
            address(_REGISTRY),
            modelId
        );
        return TokenBound.addressOf(address(this), bytes32(0), code);
    }
}
