"""Models as tokens, with their versions, contributors and resale royalty."""

from typing import TYPE_CHECKING, Any, ClassVar

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import NotModelOwner, UnknownLicence, UnknownModel, UnknownVersion
from protocol.model_registry_terms import (
    AlreadyDeprecated,
    ModelRegistered,
    OnlyLineage,
    OwnershipCycle,
    OwnershipTooDeep,
    Registration,
    ResaleRoyaltyTooHigh,
    Version,
    VersionDeprecated,
    VersionPublished,
    WeightsTaken,
)
from protocol.money import BPS, mul_div_down
from protocol.openzeppelin.erc721 import ERC721
from protocol.shares import (
    ContributorInvalid,
    ContributorsInvalid,
    ShareIsZero,
    SharesDoNotSum,
    require_shares,
)
from protocol.token_bound_accounts import model_account
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

MAXIMUM_RESALE_ROYALTY_BPS = 1_000
MAXIMUM_NESTING = 16
ERC2981_INTERFACE = bytes.fromhex("2a55205a")


class ModelRegistry(ERC721):
    """The models: an ERC-721 token each, whose owner publishes versions."""

    NAME = "model_registry"
    SOLIDITY = "ModelRegistry"
    TOKEN_NAME = "Model NFT"
    TOKEN_SYMBOL = "MODEL"
    EVENTS: ClassVar[tuple[type[Event], ...]] = (
        *ERC721.EVENTS,
        ModelRegistered,
        VersionDeprecated,
        VersionPublished,
    )
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *ERC721.ERRORS,
        AlreadyDeprecated,
        ContributorInvalid,
        ContributorsInvalid,
        NotModelOwner,
        OnlyLineage,
        OwnershipCycle,
        OwnershipTooDeep,
        ResaleRoyaltyTooHigh,
        ShareIsZero,
        SharesDoNotSum,
        UnknownLicence,
        UnknownModel,
        UnknownVersion,
        WeightsTaken,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *ERC721.OBSERVED,
        Observed("contributors_of", "_contributors"),
        Observed("count"),
        Observed("holder_of_weights", "_weights"),
        Observed("is_servable", "_versions"),
        Observed("latest_version", "_latest_versions"),
        Observed("licence_of", "_versions"),
        Observed("model_of_account", "_models_of_accounts"),
        Observed("token_uri", "_metadata_uris"),
        Observed("transfers_of", "_transfers"),
        Observed("version_of", "_versions"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._count = self.cell(0)
        self._metadata_uris = self.table()
        self._resale_royalties_bps = self.table()
        self._contributors = self.table()
        self._latest_versions = self.table()
        self._versions = self.table()
        self._weights = self.table()
        self._models_of_accounts = self.table()
        self._transfers = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """
        Return the addresses of Licences, Lineage, Revenue, TokenBoundAccounts and their code.
        """
        names = ("licences", "lineage", "revenue", "token_bound_accounts")
        return (*(deployment.addresses[name] for name in names), deployment.account_code)

    def register(self, ctx: Context, registration: Registration) -> int:
        """
        Mint a model with its first version to the caller, and return its number.

        Raises:
            UnknownLicence: There is no such licence.
            ContributorsInvalid: There are none or more than 32, or not one share for each.
            ContributorInvalid: A contributor is the zero address or named twice.
            ShareIsZero: A contributor has no share.
            SharesDoNotSum: The shares are not 10,000 basis points together.
            ResaleRoyaltyTooHigh: The resale royalty exceeds 1,000 basis points.
            WeightsTaken: The weights are registered already.
        """
        return self._register(ctx, ctx.sender, Registration(*registration))

    def register_for(self, ctx: Context, owner: Address, registration: Registration) -> int:
        """
        Do as `register`, for an owner who forks.

        Raises:
            OnlyLineage: The caller is not the lineage contract.
        """
        if ctx.sender != self._world.addresses["lineage"]:
            raise OnlyLineage(ctx.sender)
        return self._register(ctx, owner, Registration(*registration))

    def publish_version(
        self,
        ctx: Context,
        model_id: int,
        parent: int,
        weights_hash: bytes,
        storage_uri: str,
        architecture: str,
        parameter_count: int,
        licence_id: int,
    ) -> int:
        """
        Add a version that came from another of the same model, and return its number.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own the model; approved accounts do not count.
            UnknownVersion: The model has no such parent.
            UnknownLicence: There is no such licence.
            LicenceAllowsMore: The model is merged, and it allows what a parent's does not.
            PolicyLoosened: It asks for less than a parent's, whose policy binds derivatives.
            WeightsTaken: The weights are registered already.
        """
        self._require_model_owner(ctx, model_id)
        self._require_version(model_id, parent)
        self._require_licence(ctx, licence_id)
        self._world.lineage.require_licence(self.as_caller(ctx), model_id, licence_id)
        self._require_new_weights(weights_hash)

        return self._publish(
            model_id,
            Version(
                parent,
                weights_hash,
                storage_uri,
                architecture,
                parameter_count,
                licence_id,
                ctx.timestamp,
                False,
            ),
        )

    def deprecate_version(self, ctx: Context, model_id: int, version: int) -> None:
        """
        Mark a version as no longer to be served, for good.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own the model.
            UnknownVersion: The model has no such version.
            AlreadyDeprecated: It is deprecated already.
        """
        self._require_model_owner(ctx, model_id)
        published = self._require_version(model_id, version)
        if published.deprecated:
            raise AlreadyDeprecated(model_id, version)

        self._versions[model_id, version] = published._replace(deprecated=True)
        self.emit(VersionDeprecated(model_id, version))

    def version_of(self, ctx: Context, model_id: int, version: int) -> Version:
        """
        Return a version.

        Raises:
            UnknownVersion: The model has no such version.
        """
        del ctx
        return self._require_version(model_id, version)

    def licence_of(self, ctx: Context, model_id: int, version: int) -> int:
        """
        Return the licence of a version.

        Raises:
            UnknownVersion: The model has no such version.
        """
        del ctx
        return self._require_version(model_id, version).licence_id

    def latest_version(self, ctx: Context, model_id: int) -> int:
        """Return the number of a model's newest version, 0 for a model that does not exist."""
        del ctx
        latest: int = self._latest_versions.get(model_id, 0)
        return latest

    def is_servable(self, ctx: Context, model_id: int, version: int) -> bool:
        """Return whether a version exists and is not deprecated."""
        del ctx
        published: Version | None = self._versions.get((model_id, version))
        return published is not None and not published.deprecated

    def contributors_of(
        self, ctx: Context, model_id: int
    ) -> tuple[tuple[Address, ...], tuple[int, ...]]:
        """
        Return a model's contributors and their shares in basis points.

        Raises:
            UnknownModel: There is no such model.
        """
        del ctx
        if model_id not in self._contributors:
            raise UnknownModel(model_id)
        contributors, shares_bps = self._contributors[model_id]
        return contributors, shares_bps

    def count(self, ctx: Context) -> int:
        """Return how many models there are."""
        del ctx
        count: int = self._count.value
        return count

    def token_uri(self, ctx: Context, token_id: int) -> str:
        """
        Return where a model is described.

        Raises:
            ERC721NonexistentToken: There is no such model.
        """
        del ctx
        self._require_owned(token_id)
        metadata_uri: str = self._metadata_uris.get(token_id, "")
        return metadata_uri

    def model_of_account(self, ctx: Context, account: Address) -> int:
        """Return the model that a token-bound account belongs to, 0 for any other address."""
        del ctx
        model_id: int = self._models_of_accounts.get(account, 0)
        return model_id

    def transfers_of(self, ctx: Context, model_id: int) -> int:
        """Return how often a model changed hands; a transfer to its owner counts."""
        del ctx
        transfers: int = self._transfers.get(model_id, 0)
        return transfers

    def royalty_info(self, ctx: Context, token_id: int, sale_price: int) -> tuple[Address, int]:
        """
        Return who gets the royalty of a resale, and how much, as ERC-2981 asks.

        It is due to Revenue, for the model's accrual.

        Raises:
            UnknownModel: There is no such model.
        """
        del ctx
        if token_id not in self._resale_royalties_bps:
            raise UnknownModel(token_id)
        # The royalty rounds down: the seller keeps the odd unit.
        royalty = mul_div_down(sale_price, self._resale_royalties_bps[token_id], BPS)
        return self._world.addresses["revenue"], royalty

    def holder_of_weights(self, ctx: Context, weights_hash: bytes) -> tuple[int, int]:
        """Return the model and version that weights are registered as, zeros for unknown ones."""
        del ctx
        model_id, version = self._weights.get(weights_hash, (0, 0))
        return model_id, version

    def supports_interface(self, ctx: Context, interface_id: bytes) -> bool:
        """Return whether the contract implements an ERC-165 interface (4 bytes)."""
        return interface_id == ERC2981_INTERFACE or super().supports_interface(ctx, interface_id)

    def _update(self, to: Address, token_id: int, authorized: Address) -> Address:
        # No model may end up, through whatever accounts, in its own: nobody could move it again.
        owner = super()._update(to, token_id, authorized)
        if owner != ZERO_ADDRESS:
            self._transfers[token_id] = self._transfers.get(token_id, 0) + 1
        holder = to
        for _ in range(MAXIMUM_NESTING):
            held = self._models_of_accounts.get(holder, 0)
            if not held:
                return owner
            if held == token_id:
                raise OwnershipCycle(token_id, to)
            holder = self._owners.get(held, ZERO_ADDRESS)
        raise OwnershipTooDeep(token_id, MAXIMUM_NESTING)

    def _register(self, ctx: Context, owner: Address, registration: Registration) -> int:
        self._require_licence(ctx, registration.licence_id)
        require_shares(registration.contributors, registration.shares_bps)
        if registration.resale_royalty_bps > MAXIMUM_RESALE_ROYALTY_BPS:
            raise ResaleRoyaltyTooHigh(registration.resale_royalty_bps, MAXIMUM_RESALE_ROYALTY_BPS)
        self._require_new_weights(registration.weights_hash)

        model_id: int = self._count.value + 1
        self._count.value = model_id
        self._metadata_uris[model_id] = registration.metadata_uri
        self._resale_royalties_bps[model_id] = registration.resale_royalty_bps
        self._contributors[model_id] = (
            tuple(registration.contributors),
            tuple(registration.shares_bps),
        )
        self._models_of_accounts[model_account(self._world.deployment, model_id)] = model_id
        self._mint(owner, model_id)
        self.emit(
            ModelRegistered(model_id, owner, registration.licence_id, registration.metadata_uri)
        )
        first = Version(
            0,
            registration.weights_hash,
            registration.storage_uri,
            registration.architecture,
            registration.parameter_count,
            registration.licence_id,
            ctx.timestamp,
            False,
        )
        self._publish(model_id, first)
        return model_id

    def _publish(self, model_id: int, published: Version) -> int:
        version: int = self._latest_versions.get(model_id, 0) + 1
        self._latest_versions[model_id] = version
        self._versions[model_id, version] = published
        self._weights[published.weights_hash] = (model_id, version)
        self.emit(
            VersionPublished(
                model_id, version, published.parent, published.weights_hash, published.licence_id
            )
        )
        return version

    def _require_model_owner(self, ctx: Context, model_id: int) -> None:
        if self._require_owned(model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)

    def _require_version(self, model_id: int, version: int) -> Version:
        published: Version | None = self._versions.get((model_id, version))
        if published is None:
            raise UnknownVersion(model_id, version)
        return published

    def _require_licence(self, ctx: Context, licence_id: int) -> None:
        if not 1 <= licence_id <= self._world.licences.count(self.as_caller(ctx)):
            raise UnknownLicence(licence_id)

    def _require_new_weights(self, weights_hash: bytes) -> None:
        if weights_hash in self._weights:
            model_id, version = self._weights[weights_hash]
            raise WeightsTaken(weights_hash, model_id, version)
