// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Token-bound accounts
/// @author mnft
/// @notice An account for each token, at an address that is known before it exists (ERC-6551).
interface ITokenBoundAccounts {
    /// @notice An account exists from now on.
    /// @param account Its address.
    /// @param implementation The code that it runs.
    /// @param salt Tells accounts of one token apart.
    /// @param chainId The chain of the token.
    /// @param tokenContract The token's contract.
    /// @param tokenId The token.
    event ERC6551AccountCreated(
        address account,
        address indexed implementation,
        bytes32 salt,
        uint256 chainId,
        address indexed tokenContract,
        uint256 indexed tokenId
    );

    /// @notice A model's account called a contract of the protocol.
    /// @param modelId The model.
    /// @param account Its account.
    /// @param target The contract called.
    /// @param selector The function called.
    event AccountActed(uint256 indexed modelId, address indexed account, address indexed target, bytes4 selector);

    /// @notice An account makes the calls that are listed, nothing else.
    /// @param target The contract that was to be called.
    /// @param selector The function that was to be called.
    error AccountActionOutOfScope(address target, bytes4 selector);

    /// @notice The account does not exist yet; anyone may create it.
    /// @param account Its address.
    error AccountNotCreated(address account);

    /// @notice An account acts for its token's owner alone.
    /// @param caller Who tried.
    error NotAccountOwner(address caller);

    /// @notice An account makes calls; it creates nothing and runs nobody else's code.
    /// @param operation What was asked for.
    error OperationNotSupported(uint8 operation);

    /// @notice An account that holds its own token could never be moved again.
    /// @param tokenId The token.
    error OwnTokenReceived(uint256 tokenId);

    /// @notice Creates an account, or finds it where it is; anyone may.
    /// @param implementation The code that it runs.
    /// @param salt Tells accounts of one token apart.
    /// @param chainId The chain of the token.
    /// @param tokenContract The token's contract.
    /// @param tokenId The token.
    /// @return created Its address.
    function createAccount(
        address implementation,
        bytes32 salt,
        uint256 chainId,
        address tokenContract,
        uint256 tokenId
    ) external returns (address created);

    /// @notice Makes a model's account call a contract of the protocol; for the model's owner.
    /// @param modelId The model.
    /// @param target The contract called.
    /// @param data Selector and arguments.
    function act(uint256 modelId, address target, bytes calldata data) external;

    /// @notice The address of an account, whether it exists or not.
    /// @param implementation The code that it runs.
    /// @param salt Tells accounts of one token apart.
    /// @param chainId The chain of the token.
    /// @param tokenContract The token's contract.
    /// @param tokenId The token.
    /// @return computed Its address.
    function account(
        address implementation,
        bytes32 salt,
        uint256 chainId,
        address tokenContract,
        uint256 tokenId
    ) external view returns (address computed);

    /// @notice The address of a model's account: the protocol's own code, salt zero, this chain.
    /// @param modelId The model.
    /// @return computed Its address.
    function accountOf(uint256 modelId) external view returns (address computed);

    /// @notice Whether an account was created.
    /// @param created Its address.
    /// @return known True from its creation on.
    function isAccount(address created) external view returns (bool known);

    /// @notice How often a model's account has acted.
    /// @param modelId The model.
    /// @return count The account's state, 0 before it is created.
    function stateOf(uint256 modelId) external view returns (uint256 count);

    /// @notice Whether accounts may make a call.
    /// @param target The contract called.
    /// @param selector The function called.
    /// @return allowed True for the calls that are listed.
    function isInScope(address target, bytes4 selector) external view returns (bool allowed);
}
