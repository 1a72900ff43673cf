// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Revenue
/// @author mnft
/// @notice What payments are split into, the royalties up the lineage, and pull payments.
/// @dev Amounts are in the smallest unit of the settlement token, shares in basis points.
interface IRevenue {
    /// @notice A settled payment was split; the parts are the whole payment.
    /// @param modelId The model that was used.
    /// @param host Who served.
    /// @param protocolFee The treasury's part.
    /// @param verificationPool The checkers' part.
    /// @param hostFee The host's part.
    /// @param dataPool The data providers' part.
    /// @param accrued The model's part.
    event Credited(
        uint256 indexed modelId,
        address indexed host,
        uint256 protocolFee,
        uint256 verificationPool,
        uint256 hostFee,
        uint256 dataPool,
        uint256 accrued
    );

    /// @notice Somebody paid into a model's accrual.
    /// @param modelId The model.
    /// @param payer Who paid.
    /// @param amount How much.
    event ModelPaid(uint256 indexed modelId, address indexed payer, uint256 amount);

    /// @notice A model's data providers were named, once and for all.
    /// @param modelId The model.
    /// @param providers Who shares the data pool.
    /// @param sharesBps Their shares.
    event DataProvidersSet(uint256 indexed modelId, address[] providers, uint16[] sharesBps);

    /// @notice A model's accrual paid that of a model that it descends from.
    /// @param childId The model.
    /// @param parentId Its parent; under the rules that pay every ancestor, the ancestor.
    /// @param amount How much.
    event RoyaltyPaid(uint256 indexed childId, uint256 indexed parentId, uint256 amount);

    /// @notice A model's accrual moved to those it descends from and to its contributors.
    /// @param modelId The model.
    /// @param royalties What its parents, or its ancestors, got.
    /// @param contributors What its contributors got.
    /// @param dust What stays accrued.
    event Distributed(uint256 indexed modelId, uint256 royalties, uint256 contributors, uint256 dust);

    /// @notice An account received what it was owed.
    /// @param account The account.
    /// @param amount How much.
    event Paid(address indexed account, uint256 amount);

    /// @notice A checker earned from the verification pool.
    /// @param checker Who checked.
    /// @param paid How much.
    event CheckerPaid(address indexed checker, uint256 paid);

    /// @notice A model's data providers are named once.
    /// @param modelId The model.
    error DataProvidersAlreadySet(uint256 modelId);

    /// @notice The model has nothing to distribute.
    /// @param modelId The model.
    error NothingAccrued(uint256 modelId);

    /// @notice Splits a payment that has arrived; only the gateway may.
    /// @dev The model's two shares are those of the day on which the host settled.
    /// @param modelId The model that was used.
    /// @param host Who served.
    /// @param amount The payment.
    /// @param hostFeeBps The share that the model leaves to the host.
    /// @param dataPoolBps The share that it leaves to its data providers.
    function credit(uint256 modelId, address host, uint256 amount, uint16 hostFeeBps, uint16 dataPoolBps) external;

    /// @notice Pays into a model's accrual; the tokens are pulled by allowance.
    /// @param modelId The model.
    /// @param amount How much.
    function payModel(uint256 modelId, uint256 amount) external;

    /// @notice Names who shares a model's data pool from now on; its owner may, once.
    /// @param modelId The model.
    /// @param providers Who, 1 to 32 accounts.
    /// @param sharesBps Their shares, 10,000 together.
    function setDataProviders(uint256 modelId, address[] calldata providers, uint16[] calldata sharesBps) external;

    /// @notice Moves a model's accrual: royalties as the lineage says, the rest to the contributors.
    /// @dev Edge by edge, parents get shares of all that is accrued. Under the other two rules ancestors get shares of
    /// what is not exempt: of no royalty that was received, and of no dust.
    /// A contributor's share named to the registry's own address goes to whoever owns the model now.
    /// @param modelId The model.
    function distribute(uint256 modelId) external;

    /// @notice Pays an account all that it is owed; anyone may trigger it.
    /// @param account The account.
    function withdraw(address account) external;

    /// @notice Owes a checker an amount from the pool, or what is left of it; only Verification may.
    /// @param checker Who checked.
    /// @param amount How much.
    /// @return paid How much it was.
    function payChecker(address checker, uint256 amount) external returns (uint256 paid);

    /// @notice What a model has to distribute.
    /// @param modelId The model.
    /// @return amount How much.
    function accruedOf(uint256 modelId) external view returns (uint256 amount);

    /// @notice What of a model's accrual owes no royalties: those that it received itself, and dust.
    /// @param modelId The model.
    /// @return amount How much; always zero where royalties are paid edge by edge.
    function exemptOf(uint256 modelId) external view returns (uint256 amount);

    /// @notice What an account may withdraw.
    /// @param account The account.
    /// @return amount How much.
    function owedTo(address account) external view returns (uint256 amount);

    /// @notice What is left to pay checkers.
    /// @return amount How much.
    function pool() external view returns (uint256 amount);

    /// @notice Who shares a model's data pool.
    /// @param modelId The model.
    /// @return providers The accounts; none if nobody was named.
    /// @return sharesBps Their shares.
    function dataProvidersOf(uint256 modelId)
        external
        view
        returns (address[] memory providers, uint16[] memory sharesBps);

    /// @notice All that ever reached a model's accrual.
    /// @param modelId The model.
    /// @return amount How much.
    function earnedBy(uint256 modelId) external view returns (uint256 amount);
}
