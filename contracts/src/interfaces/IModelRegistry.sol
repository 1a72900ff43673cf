// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Model registry
/// @author mnft
/// @notice Models as tokens, with their versions, contributors and resale royalty.
interface IModelRegistry is IERC721, IERC2981 {
    /// @notice A new model: its first version, and who shares in what it earns.
    /// @param metadataURI Where the model is described.
    /// @param weightsHash The hash of the weights, unique in the registry.
    /// @param storageURI Where the weights are.
    /// @param architecture What kind of model it is.
    /// @param parameterCount How many parameters it has.
    /// @param licenceId The licence of the first version.
    /// @param resaleRoyaltyBps The share of a resale's price that goes to the model's accrual, at most 1,000.
    /// @param contributors Who made it, 1 to 32 accounts.
    /// @param sharesBps Their shares in basis points, summing to 10,000.
    // solhint-disable-next-line gas-struct-packing
    struct Registration {
        string metadataURI;
        bytes32 weightsHash;
        string storageURI;
        string architecture;
        uint64 parameterCount;
        uint256 licenceId;
        uint16 resaleRoyaltyBps;
        address[] contributors;
        uint16[] sharesBps;
    }

    /// @notice One set of weights of a model.
    /// @param parent The version that it came from, 0 for the first.
    /// @param weightsHash The hash of the weights, unique in the registry.
    /// @param storageURI Where the weights are.
    /// @param architecture What kind of model it is.
    /// @param parameterCount How many parameters it has.
    /// @param licenceId Its licence.
    /// @param publishedAt When it was published, in Unix seconds.
    /// @param deprecated Whether it is no longer served.
    // solhint-disable-next-line gas-struct-packing
    struct Version {
        uint32 parent;
        bytes32 weightsHash;
        string storageURI;
        string architecture;
        uint64 parameterCount;
        uint256 licenceId;
        uint64 publishedAt;
        bool deprecated;
    }

    /// @notice A model exists from now on.
    /// @param modelId The model.
    /// @param owner Its first owner.
    /// @param licenceId The licence of its first version.
    /// @param metadataURI Where it is described.
    event ModelRegistered(uint256 indexed modelId, address indexed owner, uint256 licenceId, string metadataURI);

    /// @notice A model has a new version.
    /// @param modelId The model.
    /// @param version The version's number, from 1.
    /// @param parent The version that it came from, 0 for the first.
    /// @param weightsHash The hash of its weights.
    /// @param licenceId Its licence.
    event VersionPublished(
        uint256 indexed modelId,
        uint32 indexed version,
        uint32 parent,
        bytes32 weightsHash,
        uint256 licenceId
    );

    /// @notice A version is no longer served.
    /// @param modelId The model.
    /// @param version The version.
    event VersionDeprecated(uint256 indexed modelId, uint32 indexed version);

    /// @notice The version is deprecated already.
    /// @param modelId The model.
    /// @param version The version.
    error AlreadyDeprecated(uint256 modelId, uint32 version);

    /// @notice A contributor is the zero address, or named twice.
    /// @param contributor The account.
    error ContributorInvalid(address contributor);

    /// @notice A model has 1 to 32 contributors with one share each.
    /// @param contributors How many contributors were given.
    /// @param shares How many shares were given.
    error ContributorsInvalid(uint256 contributors, uint256 shares);

    /// @notice Only the lineage contract may register a model for somebody else.
    /// @param caller Who tried.
    error OnlyLineage(address caller);

    /// @notice A model would belong, through one account or several, to its own account.
    /// @param tokenId The model.
    /// @param to Who was to have it.
    error OwnershipCycle(uint256 tokenId, address to);

    /// @notice A model would belong to an account of a model of an account, and so on, too often.
    /// @param tokenId The model.
    /// @param maximum The accounts that may lie between a model and a person.
    error OwnershipTooDeep(uint256 tokenId, uint256 maximum);

    /// @notice The resale royalty exceeds what the protocol allows.
    /// @param bps The royalty refused.
    /// @param maximum The largest allowed.
    error ResaleRoyaltyTooHigh(uint16 bps, uint16 maximum);

    /// @notice Every contributor has a share.
    /// @param contributor Who has none.
    error ShareIsZero(address contributor);

    /// @notice The shares must sum to 10,000 basis points.
    /// @param sum What they sum to.
    error SharesDoNotSum(uint256 sum);

    /// @notice The weights are registered already.
    /// @param weightsHash Their hash.
    /// @param modelId The model that holds them.
    /// @param version Its version.
    error WeightsTaken(bytes32 weightsHash, uint256 modelId, uint32 version);

    /// @notice Mints a model with its first version to the caller.
    /// @param registration The model.
    /// @return modelId Its number, from 1.
    function register(Registration calldata registration) external returns (uint256 modelId);

    /// @notice Mints a model to an owner who forks; only Lineage may.
    /// @param owner Who will own it.
    /// @param registration The model.
    /// @return modelId Its number.
    function registerFor(address owner, Registration calldata registration) external returns (uint256 modelId);

    /// @notice Adds a version; only the model's owner may.
    /// @dev Under a licence that Lineage would have let the model be born with.
    /// @param modelId The model.
    /// @param parent The version that the new one came from.
    /// @param weightsHash The hash of the weights.
    /// @param storageURI Where the weights are.
    /// @param architecture What kind of model it is.
    /// @param parameterCount How many parameters it has.
    /// @param licenceId Its licence.
    /// @return version Its number.
    function publishVersion(
        uint256 modelId,
        uint32 parent,
        bytes32 weightsHash,
        string calldata storageURI,
        string calldata architecture,
        uint64 parameterCount,
        uint256 licenceId
    ) external returns (uint32 version);

    /// @notice Marks a version as no longer to be served, for good; only the model's owner may.
    /// @param modelId The model.
    /// @param version The version.
    function deprecateVersion(uint256 modelId, uint32 version) external;

    /// @notice A version of a model.
    /// @param modelId The model.
    /// @param version The version's number.
    /// @return published The version.
    function versionOf(uint256 modelId, uint32 version) external view returns (Version memory published);

    /// @notice The licence of a version, without the rest of it.
    /// @param modelId The model.
    /// @param version The version's number.
    /// @return licenceId The licence.
    function licenceOf(uint256 modelId, uint32 version) external view returns (uint256 licenceId);

    /// @notice The newest version of a model.
    /// @param modelId The model.
    /// @return version Its number, 0 for a model that does not exist.
    function latestVersion(uint256 modelId) external view returns (uint32 version);

    /// @notice Whether a version exists and is not deprecated.
    /// @param modelId The model.
    /// @param version The version's number.
    /// @return servable Whether it may be served.
    function isServable(uint256 modelId, uint32 version) external view returns (bool servable);

    /// @notice Who shares in what a model earns.
    /// @param modelId The model.
    /// @return contributors The accounts.
    /// @return sharesBps Their shares, in basis points.
    function contributorsOf(
        uint256 modelId
    ) external view returns (address[] memory contributors, uint16[] memory sharesBps);

    /// @notice How many models there are.
    /// @return models Their number, which is also the newest one's.
    function count() external view returns (uint256 models);

    /// @notice What weights are registered as.
    /// @param weightsHash The hash of the weights.
    /// @return modelId The model, 0 for unknown weights.
    /// @return version The version, 0 for unknown weights.
    function holderOfWeights(bytes32 weightsHash) external view returns (uint256 modelId, uint32 version);

    /// @notice The model that a token-bound account belongs to, whether the account exists or not.
    /// @param account The address.
    /// @return modelId The model, 0 for an address that is no model's account.
    function modelOfAccount(address account) external view returns (uint256 modelId);

    /// @notice How often a model changed hands since it was registered; a transfer to its owner counts.
    /// @param modelId The model.
    /// @return transfers The count, 0 for an unknown model.
    function transfersOf(uint256 modelId) external view returns (uint64 transfers);
}
