// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {NotModelOwner, UnknownLicence, UnknownModel, UnknownVersion} from "./interfaces/Errors.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {ILineage} from "./interfaces/ILineage.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {TokenBound} from "./libraries/TokenBound.sol";

/// @title Model registry
/// @author mnft
/// @notice The models: an ERC-721 token each, whose owner publishes versions.
contract ModelRegistry is ERC721, IModelRegistry {
    struct Model {
        string metadataURI;
        address[] contributors;
        uint16[] sharesBps;
        uint16 resaleRoyaltyBps;
        uint64 transfers;
        Version[] versions;
    }

    struct Holder {
        uint256 modelId;
        uint32 version;
    }

    uint256 private constant _BPS = 10_000;
    uint256 private constant _MAXIMUM_CONTRIBUTORS = 32;
    uint16 private constant _MAXIMUM_RESALE_ROYALTY_BPS = 1_000;
    uint256 private constant _MAXIMUM_NESTING = 16;

    ILicences private immutable _LICENCES;
    address private immutable _LINEAGE;
    address private immutable _REVENUE;
    address private immutable _ACCOUNTS;
    address private immutable _ACCOUNT_CODE;

    uint256 private _count;
    mapping(uint256 modelId => Model model) private _models;
    mapping(bytes32 weightsHash => Holder holder) private _holders;
    mapping(address account => uint256 modelId) private _modelsOfAccounts;

    /// @notice Fixes who the registry works with.
    /// @param licences Where licences are.
    /// @param lineage The only account that may register for others.
    /// @param revenue Who receives resale royalties.
    /// @param accounts Who creates token-bound accounts.
    /// @param accountCode The code that models' accounts run.
    constructor(
        ILicences licences,
        address lineage,
        address revenue,
        address accounts,
        address accountCode
    ) ERC721("Model NFT", "MODEL") {
        _LICENCES = licences;
        _LINEAGE = lineage;
        _REVENUE = revenue;
        _ACCOUNTS = accounts;
        _ACCOUNT_CODE = accountCode;
    }

    /// @inheritdoc IModelRegistry
    function register(Registration calldata registration) external returns (uint256 modelId) {
        return _register(msg.sender, registration);
    }

    /// @inheritdoc IModelRegistry
    function registerFor(address owner, Registration calldata registration) external returns (uint256 modelId) {
        require(msg.sender == _LINEAGE, OnlyLineage(msg.sender));
        return _register(owner, registration);
    }

    /// @inheritdoc IModelRegistry
    function publishVersion(
        uint256 modelId,
        uint32 parent,
        bytes32 weightsHash,
        string calldata storageURI,
        string calldata architecture,
        uint64 parameterCount,
        uint256 licenceId
    ) external returns (uint32 version) {
        _requireModelOwner(modelId);
        _requireVersion(modelId, parent);
        _requireLicence(licenceId);
        ILineage(_LINEAGE).requireLicence(modelId, licenceId);
        _requireNewWeights(weightsHash);

        Version memory published;
        published.parent = parent;
        published.weightsHash = weightsHash;
        published.storageURI = storageURI;
        published.architecture = architecture;
        published.parameterCount = parameterCount;
        published.licenceId = licenceId;
        return _publish(modelId, published);
    }

    /// @inheritdoc IModelRegistry
    function deprecateVersion(uint256 modelId, uint32 version) external {
        _requireModelOwner(modelId);
        Version storage published = _requireVersion(modelId, version);
        require(!published.deprecated, AlreadyDeprecated(modelId, version));

        published.deprecated = true;
        emit VersionDeprecated(modelId, version);
    }

    /// @inheritdoc IModelRegistry
    function versionOf(uint256 modelId, uint32 version) external view returns (Version memory published) {
        return _requireVersion(modelId, version);
    }

    /// @inheritdoc IModelRegistry
    function licenceOf(uint256 modelId, uint32 version) external view returns (uint256 licenceId) {
        return _requireVersion(modelId, version).licenceId;
    }

    /// @inheritdoc IModelRegistry
    function latestVersion(uint256 modelId) external view returns (uint32 version) {
        return _latestVersion(_models[modelId]);
    }

    /// @inheritdoc IModelRegistry
    function isServable(uint256 modelId, uint32 version) external view returns (bool servable) {
        Model storage model = _models[modelId];
        return version != 0 && version <= model.versions.length && !model.versions[version - 1].deprecated;
    }

    /// @inheritdoc IModelRegistry
    function contributorsOf(
        uint256 modelId
    ) external view returns (address[] memory contributors, uint16[] memory sharesBps) {
        Model storage model = _requireModel(modelId);
        return (model.contributors, model.sharesBps);
    }

    /// @inheritdoc IModelRegistry
    function count() external view returns (uint256 models) {
        return _count;
    }

    /// @inheritdoc IModelRegistry
    function holderOfWeights(bytes32 weightsHash) external view returns (uint256 modelId, uint32 version) {
        Holder storage holder = _holders[weightsHash];
        return (holder.modelId, holder.version);
    }

    /// @inheritdoc IModelRegistry
    function modelOfAccount(address account) external view returns (uint256 modelId) {
        return _modelsOfAccounts[account];
    }

    /// @inheritdoc IModelRegistry
    function transfersOf(uint256 modelId) external view returns (uint64 transfers) {
        return _models[modelId].transfers;
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(
        uint256 tokenId,
        uint256 salePrice
    ) external view returns (address receiver, uint256 royaltyAmount) {
        // The royalty rounds down: the seller keeps the odd unit.
        return (_REVENUE, Math.mulDiv(salePrice, _requireModel(tokenId).resaleRoyaltyBps, _BPS));
    }

    /// @notice Where a model is described.
    /// @param tokenId The model.
    /// @return metadataURI The address given when it was registered.
    function tokenURI(uint256 tokenId) public view override returns (string memory metadataURI) {
        _requireOwned(tokenId);
        return _models[tokenId].metadataURI;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    // No model may end up, through whatever accounts, in its own: nobody could ever move it again.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0)) ++_models[tokenId].transfers;
        address holder = to;
        for (uint256 i = 0; i < _MAXIMUM_NESTING; ++i) {
            uint256 held = _modelsOfAccounts[holder];
            if (held == 0) return from;
            require(held != tokenId, OwnershipCycle(tokenId, to));
            holder = _ownerOf(held);
        }
        revert OwnershipTooDeep(tokenId, _MAXIMUM_NESTING);
    }

    function _register(address owner, Registration calldata registration) private returns (uint256 modelId) {
        _requireLicence(registration.licenceId);
        _requireShares(registration.contributors, registration.sharesBps);
        require(
            registration.resaleRoyaltyBps <= _MAXIMUM_RESALE_ROYALTY_BPS,
            ResaleRoyaltyTooHigh(registration.resaleRoyaltyBps, _MAXIMUM_RESALE_ROYALTY_BPS)
        );
        _requireNewWeights(registration.weightsHash);

        modelId = ++_count;
        Model storage model = _models[modelId];
        model.metadataURI = registration.metadataURI;
        model.contributors = registration.contributors;
        model.sharesBps = registration.sharesBps;
        model.resaleRoyaltyBps = registration.resaleRoyaltyBps;
        _modelsOfAccounts[_accountOf(modelId)] = modelId;
        _mint(owner, modelId);
        emit ModelRegistered(modelId, owner, registration.licenceId, registration.metadataURI);

        Version memory first;
        first.weightsHash = registration.weightsHash;
        first.storageURI = registration.storageURI;
        first.architecture = registration.architecture;
        first.parameterCount = registration.parameterCount;
        first.licenceId = registration.licenceId;
        _publish(modelId, first);
    }

    function _publish(uint256 modelId, Version memory published) private returns (uint32 version) {
        published.publishedAt = uint64(block.timestamp);
        Model storage model = _models[modelId];
        model.versions.push(published);
        version = _latestVersion(model);
        _holders[published.weightsHash] = Holder(modelId, version);
        emit VersionPublished(modelId, version, published.parent, published.weightsHash, published.licenceId);
    }

    function _accountOf(uint256 modelId) private view returns (address account) {
        bytes memory code = TokenBound.creationCode(
            _ACCOUNT_CODE,
            bytes32(0),
            block.chainid,
            address(this),
            modelId
        );
        return TokenBound.addressOf(_ACCOUNTS, bytes32(0), code);
    }

    function _requireModelOwner(uint256 modelId) private view {
        require(_requireOwned(modelId) == msg.sender, NotModelOwner(modelId, msg.sender));
    }

    function _requireModel(uint256 modelId) private view returns (Model storage model) {
        model = _models[modelId];
        require(model.versions.length != 0, UnknownModel(modelId));
    }

    function _requireVersion(uint256 modelId, uint32 version) private view returns (Version storage published) {
        Version[] storage versions = _models[modelId].versions;
        require(version != 0 && version <= versions.length, UnknownVersion(modelId, version));
        return versions[version - 1];
    }

    function _requireLicence(uint256 licenceId) private view {
        require(licenceId != 0 && licenceId <= _LICENCES.count(), UnknownLicence(licenceId));
    }

    function _requireNewWeights(bytes32 weightsHash) private view {
        Holder storage holder = _holders[weightsHash];
        require(holder.modelId == 0, WeightsTaken(weightsHash, holder.modelId, holder.version));
    }

    // A model has far fewer than 2^32 versions: each takes a transaction.
    function _latestVersion(Model storage model) private view returns (uint32 version) {
        return uint32(model.versions.length);
    }

    function _requireShares(address[] calldata contributors, uint16[] calldata sharesBps) private pure {
        require(
            contributors.length == sharesBps.length &&
                contributors.length != 0 &&
                contributors.length <= _MAXIMUM_CONTRIBUTORS,
            ContributorsInvalid(contributors.length, sharesBps.length)
        );
        uint256 sum = 0;
        for (uint256 i = 0; i < contributors.length; ++i) {
            require(contributors[i] != address(0), ContributorInvalid(contributors[i]));
            for (uint256 j = 0; j < i; ++j) {
                require(contributors[i] != contributors[j], ContributorInvalid(contributors[i]));
            }
            require(sharesBps[i] != 0, ShareIsZero(contributors[i]));
            sum += sharesBps[i];
        }
        require(sum == _BPS, SharesDoNotSum(sum));
    }
}
