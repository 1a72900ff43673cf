// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {
    AmountIsZero,
    NothingOwed,
    NotModelOwner,
    OnlyGateway,
    OnlyVerification,
    UnknownModel
} from "./interfaces/Errors.sol";
import {ILineage} from "./interfaces/ILineage.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";
import {IRevenue} from "./interfaces/IRevenue.sol";
import {IRights} from "./interfaces/IRights.sol";

/// @title Revenue
/// @author mnft
/// @notice What payments are split into, the royalties up the lineage, and pull payments.
/// @dev The token balance is always at least all that is accrued, owed or in the pool.
/// No guard against re-entrancy is needed: the one token is OpenZeppelin's ERC-20, which calls nobody back, every other
/// contract that is called is one of the deployment, and none of them calls an account.
/// Accruals are narrowed to 128 bits: the token's supply is below that, by a factor that no turnover reaches.
contract Revenue is IRevenue {
    using SafeERC20 for IERC20;

    struct Accrual {
        uint128 accrued;
        uint128 earned;
        uint128 exempt;
    }

    struct Provider {
        address account;
        uint16 shareBps;
    }

    uint256 private constant _BPS = 10_000;
    uint256 private constant _MAXIMUM_PROVIDERS = 32;

    IERC20 private immutable _TOKEN;
    IParameterStore private immutable _PARAMETERS;
    address private immutable _TREASURY;
    IModelRegistry private immutable _REGISTRY;
    ILineage private immutable _LINEAGE;
    address private immutable _GATEWAY;
    address private immutable _VERIFICATION;
    IRights private immutable _RIGHTS;
    ILineage.RoyaltyRule private immutable _ROYALTY_RULE;

    mapping(uint256 modelId => Accrual accrual) private _accruals;
    mapping(address account => uint256 amount) private _owed;
    mapping(uint256 modelId => Provider[] providers) private _providers;
    uint256 private _pool;

    /// @notice Fixes who pays, who is paid, and who knows the shares.
    /// @param token What is paid with.
    /// @param parameters Where the protocol's shares are.
    /// @param treasury Who is owed the protocol fee: the timelock.
    /// @param registry Who contributed to a model.
    /// @param lineage Which models it descends from.
    /// @param gateway The only account that may credit.
    /// @param verification The only account that may pay checkers; zero where nobody does: the treasury is then owed
    /// the pool's share, too.
    /// @param rights Who shares in the owner's share.
    /// @param royaltyRule Who gets royalties out of what, the same as the lineage's.
    constructor(
        address token,
        address parameters,
        address treasury,
        address registry,
        address lineage,
        address gateway,
        address verification,
        address rights,
        ILineage.RoyaltyRule royaltyRule
    ) {
        _TOKEN = IERC20(token);
        _PARAMETERS = IParameterStore(parameters);
        _TREASURY = treasury;
        _REGISTRY = IModelRegistry(registry);
        _LINEAGE = ILineage(lineage);
        _GATEWAY = gateway;
        _VERIFICATION = verification;
        _RIGHTS = IRights(rights);
        _ROYALTY_RULE = royaltyRule;
    }

    /// @inheritdoc IRevenue
    function credit(uint256 modelId, address host, uint256 amount, uint16 hostFeeBps, uint16 dataPoolBps) external {
        require(msg.sender == _GATEWAY, OnlyGateway(msg.sender));

        // Each share is one of the whole payment, rounds down, and ends where the payment does:
        // governance and the model's owner choose theirs apart, so together they may exceed it.
        uint256 left = amount;
        uint256 protocolFee = Math.min(Math.mulDiv(amount, _PARAMETERS.get("protocolFeeBps"), _BPS), left);
        left -= protocolFee;
        uint256 verificationPool = Math.min(Math.mulDiv(amount, _PARAMETERS.get("verificationPoolBps"), _BPS), left);
        left -= verificationPool;
        uint256 hostFee = Math.min(Math.mulDiv(amount, hostFeeBps, _BPS), left);
        left -= hostFee;
        if (_VERIFICATION == address(0)) (protocolFee, verificationPool) = (protocolFee + verificationPool, 0);
        uint256 dataPool = _payDataProviders(modelId, Math.min(Math.mulDiv(amount, dataPoolBps, _BPS), left));
        left -= dataPool;

        if (verificationPool > 0) _pool += verificationPool;
        _owe(_TREASURY, protocolFee);
        _owe(host, hostFee);
        _accrue(modelId, left);
        emit Credited(modelId, host, protocolFee, verificationPool, hostFee, dataPool, left);
    }

    /// @inheritdoc IRevenue
    function payModel(uint256 modelId, uint256 amount) external {
        require(modelId > 0 && modelId <= _REGISTRY.count(), UnknownModel(modelId));
        require(amount > 0, AmountIsZero());

        // The tokens come first: the token refuses more than its supply, so no sum below overflows.
        _TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        _accrue(modelId, amount);
        emit ModelPaid(modelId, msg.sender, amount);
    }

    /// @inheritdoc IRevenue
    function setDataProviders(uint256 modelId, address[] calldata providers, uint16[] calldata sharesBps) external {
        require(
            IERC721(address(_REGISTRY)).ownerOf(modelId) == msg.sender, NotModelOwner(modelId, msg.sender)
        );
        Provider[] storage named = _providers[modelId];
        require(named.length == 0, DataProvidersAlreadySet(modelId));
        _requireShares(providers, sharesBps);

        for (uint256 i = 0; i < providers.length; ++i) {
            named.push(Provider(providers[i], sharesBps[i]));
        }
        emit DataProvidersSet(modelId, providers, sharesBps);
    }

    /// @inheritdoc IRevenue
    function distribute(uint256 modelId) external {
        uint256 accrued = _accruals[modelId].accrued;
        require(accrued > 0, NothingAccrued(modelId));

        // Every part rounds down; the dust stays accrued, and moves with the next payment.
        bool isEdge = _ROYALTY_RULE == ILineage.RoyaltyRule.Edge;
        uint256 royalties = _payRoyalties(modelId, isEdge ? accrued : accrued - _accruals[modelId].exempt);
        uint256 rest = accrued - royalties;
        uint256 paid = _payContributors(modelId, rest);
        uint128 dust = SafeCast.toUint128(rest - paid);
        _accruals[modelId].accrued = dust;
        if (!isEdge) _accruals[modelId].exempt = dust;
        emit Distributed(modelId, royalties, paid, dust);
    }

    /// @inheritdoc IRevenue
    function withdraw(address account) external {
        uint256 amount = _owed[account];
        require(amount > 0, NothingOwed(account));

        _owed[account] = 0;
        emit Paid(account, amount);

        _TOKEN.safeTransfer(account, amount);
    }

    /// @inheritdoc IRevenue
    function payChecker(address checker, uint256 amount) external returns (uint256 paid) {
        require(msg.sender == _VERIFICATION, OnlyVerification(msg.sender));
        paid = Math.min(amount, _pool);

        _pool -= paid;
        _owe(checker, paid);
        emit CheckerPaid(checker, paid);
    }

    /// @inheritdoc IRevenue
    function accruedOf(uint256 modelId) external view returns (uint256 amount) {
        return _accruals[modelId].accrued;
    }

    /// @inheritdoc IRevenue
    function exemptOf(uint256 modelId) external view returns (uint256 amount) {
        return _accruals[modelId].exempt;
    }

    /// @inheritdoc IRevenue
    function owedTo(address account) external view returns (uint256 amount) {
        return _owed[account];
    }

    /// @inheritdoc IRevenue
    function pool() external view returns (uint256 amount) {
        return _pool;
    }

    /// @inheritdoc IRevenue
    function dataProvidersOf(uint256 modelId)
        external
        view
        returns (address[] memory providers, uint16[] memory sharesBps)
    {
        Provider[] storage named = _providers[modelId];
        providers = new address[](named.length);
        sharesBps = new uint16[](named.length);
        for (uint256 i = 0; i < named.length; ++i) {
            providers[i] = named[i].account;
            sharesBps[i] = named[i].shareBps;
        }
    }

    /// @inheritdoc IRevenue
    function earnedBy(uint256 modelId) external view returns (uint256 amount) {
        return _accruals[modelId].earned;
    }

    // What was paid: without providers, or as dust, the amount stays with the model.
    function _payDataProviders(uint256 modelId, uint256 amount) private returns (uint256 paid) {
        Provider[] storage named = _providers[modelId];
        uint256 count = named.length;
        for (uint256 i = 0; i < count; ++i) {
            Provider memory provider = named[i];
            uint256 part = Math.mulDiv(amount, provider.shareBps, _BPS);
            _owe(provider.account, part);
            paid += part;
        }
    }

    // At most 64 payees, as many as a model may have ancestors.
    function _payRoyalties(uint256 modelId, uint256 amount) private returns (uint256 paid) {
        if (amount == 0) return 0;
        (uint256[] memory payees, uint16[] memory sharesBps) = _LINEAGE.royaltiesOf(modelId);
        for (uint256 i = 0; i < payees.length; ++i) {
            uint256 base = _ROYALTY_RULE == ILineage.RoyaltyRule.Leaf ? amount - paid : amount;
            uint256 royalty = Math.mulDiv(base, sharesBps[i], _BPS);
            if (royalty == 0) continue;
            paid += royalty;
            _accrue(payees[i], royalty);
            if (_ROYALTY_RULE != ILineage.RoyaltyRule.Edge) {
                _accruals[payees[i]].exempt += SafeCast.toUint128(royalty);
            }
            emit RoyaltyPaid(modelId, payees[i], royalty);
        }
    }

    function _payContributors(uint256 modelId, uint256 amount) private returns (uint256 paid) {
        (address[] memory contributors, uint16[] memory sharesBps) = _REGISTRY.contributorsOf(modelId);
        for (uint256 i = 0; i < contributors.length; ++i) {
            uint256 part = Math.mulDiv(amount, sharesBps[i], _BPS);
            paid += part;
            // The registry's own address stands for whoever owns the model now.
            if (contributors[i] == address(_REGISTRY)) _payOwner(modelId, part);
            else _owe(contributors[i], part);
        }
    }

    // Units of revenue rights are ten-thousandths of the owner's share; what nobody was issued stays the owner's.
    function _payOwner(uint256 modelId, uint256 amount) private {
        uint256 shared = Math.mulDiv(amount, _RIGHTS.revenueUnits(modelId), _BPS);
        _owe(IERC721(address(_REGISTRY)).ownerOf(modelId), amount - shared);
        if (shared == 0) return;
        _TOKEN.safeTransfer(address(_RIGHTS), shared);
        _RIGHTS.credit(modelId, shared);
    }

    function _owe(address account, uint256 amount) private {
        if (amount > 0) _owed[account] += amount;
    }

    function _accrue(uint256 modelId, uint256 amount) private {
        Accrual storage accrual = _accruals[modelId];
        uint128 narrow = SafeCast.toUint128(amount);
        accrual.accrued += narrow;
        accrual.earned += narrow;
    }

    function _requireShares(address[] calldata providers, uint16[] calldata sharesBps) private pure {
        uint256 count = providers.length;
        require(
            count == sharesBps.length && count > 0 && count <= _MAXIMUM_PROVIDERS,
            IModelRegistry.ContributorsInvalid(count, sharesBps.length)
        );
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            bool valid = providers[i] != address(0);
            for (uint256 j = 0; j < i; ++j) {
                valid = valid && providers[j] != providers[i];
            }
            require(valid, IModelRegistry.ContributorInvalid(providers[i]));
            require(sharesBps[i] > 0, IModelRegistry.ShareIsZero(providers[i]));
            sum += sharesBps[i];
        }
        require(sum == _BPS, IModelRegistry.SharesDoNotSum(sum));
    }
}
