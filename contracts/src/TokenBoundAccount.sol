// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC6551Account} from "./interfaces/IERC6551Account.sol";
import {IERC6551Executable} from "./interfaces/IERC6551Executable.sol";
import {ITokenBoundAccounts} from "./interfaces/ITokenBoundAccounts.sol";

/// @title Token-bound account
/// @author mnft
/// @notice The code that accounts run. Whoever owns the token acts through its account, as long as they own it.
contract TokenBoundAccount is IERC6551Account, IERC6551Executable, IERC721Receiver, IERC165 {
    ITokenBoundAccounts private immutable _ACCOUNTS;

    uint256 private _state;

    /// @notice Fixes who creates accounts: the creator of this code.
    constructor() {
        _ACCOUNTS = ITokenBoundAccounts(msg.sender);
    }

    /// @inheritdoc IERC6551Account
    receive() external payable {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IERC6551Executable
    function execute(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation
    ) external payable returns (bytes memory result) {
        require(msg.sender == _owner(), ITokenBoundAccounts.NotAccountOwner(msg.sender));
        require(operation == 0, ITokenBoundAccounts.OperationNotSupported(operation));
        return _execute(to, value, data);
    }

    /// @notice Makes the account call a contract, for the contract that has asked who owns the token.
    /// @param to The contract called.
    /// @param data Selector and arguments.
    function act(address to, bytes calldata data) external {
        require(msg.sender == address(_ACCOUNTS), ITokenBoundAccounts.NotAccountOwner(msg.sender));
        _execute(to, 0, data);
    }

    /// @inheritdoc IERC6551Account
    function state() external view returns (uint256 count) {
        return _state;
    }

    /// @inheritdoc IERC6551Account
    function token() external view returns (uint256 chainId, address tokenContract, uint256 tokenId) {
        return _token();
    }

    /// @inheritdoc IERC6551Account
    function isValidSigner(address signer, bytes calldata) external view returns (bytes4 magic) {
        return signer == _owner() ? IERC6551Account.isValidSigner.selector : bytes4(0);
    }

    /// @inheritdoc IERC721Receiver
    function onERC721Received(
        address,
        address,
        uint256 received,
        bytes calldata
    ) external view returns (bytes4 selector) {
        (uint256 chainId, address tokenContract, uint256 tokenId) = _token();
        require(
            msg.sender != tokenContract || received != tokenId || chainId != block.chainid,
            ITokenBoundAccounts.OwnTokenReceived(received)
        );
        return IERC721Receiver.onERC721Received.selector;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool supported) {
        return
            interfaceId == type(IERC165).interfaceId ||
            interfaceId == type(IERC6551Account).interfaceId ||
            interfaceId == type(IERC6551Executable).interfaceId ||
            interfaceId == type(IERC721Receiver).interfaceId;
    }

    function _execute(address to, uint256 value, bytes calldata data) private returns (bytes memory result) {
        bytes4 selector = bytes4(data);
        require(_ACCOUNTS.isInScope(to, selector), ITokenBoundAccounts.AccountActionOutOfScope(to, selector));
        ++_state;
        return Address.functionCallWithValue(to, data, value);
    }

    // Nobody, where the token lives on another chain.
    function _owner() private view returns (address owner) {
        (uint256 chainId, address tokenContract, uint256 tokenId) = _token();
        return chainId == block.chainid ? IERC721(tokenContract).ownerOf(tokenId) : address(0);
    }

    // What the account belongs to stands behind its code.
    function _token() private view returns (uint256 chainId, address tokenContract, uint256 tokenId) {
        (, chainId, tokenContract, tokenId) = abi.decode(
            Clones.fetchCloneArgs(address(this)),
            (bytes32, uint256, address, uint256)
        );
    }
}
