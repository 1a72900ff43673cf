"""The model's chain: every contract, wired; executes calls and answers views."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from protocol.access import Access
from protocol.attestations import Attestations
from protocol.badges import Badges
from protocol.consent_log import ConsentLog
from protocol.contract import Contract, Observation
from protocol.credits import Credits
from protocol.dataset_registry import DatasetRegistry
from protocol.deployment import ORDER, Deployment
from protocol.gateway import Gateway
from protocol.governor import Governor
from protocol.halo2_verifier import Halo2Verifier
from protocol.journal import Journal
from protocol.key_releases import KeyReleases
from protocol.licences import Licences
from protocol.lineage import Lineage
from protocol.marketplace import Marketplace
from protocol.model_registry import ModelRegistry
from protocol.onchain_inference import OnchainInference
from protocol.openzeppelin.errors import EmptyRevert
from protocol.parameter_store import ParameterStore
from protocol.payment_channels import PaymentChannels
from protocol.policies import Policies
from protocol.pricing import Pricing
from protocol.revenue import Revenue
from protocol.rights import Rights
from protocol.settlement_token import SettlementToken
from protocol.stable_revenue import StableRevenue
from protocol.stable_token import StableToken
from protocol.staking import Staking
from protocol.streams import Streams
from protocol.subscriptions import Subscriptions
from protocol.taxed_token import TaxedToken
from protocol.timelock import Timelock
from protocol.token_bound_accounts import TokenBoundAccounts
from protocol.types import Address, Call, Context, ProtocolError, Receipt
from protocol.verification import Verification

ProofOracle = Callable[[bytes, tuple[int, ...], tuple[bytes, ...]], bool]
"""
Whether a proof (bytes, public instances, verifying-key words) is valid: the model's own way to
know, not the contract's.
"""


class Snapshot(NamedTuple):
    """What every table held, and the keys that were written since the last `forget_touched`."""

    tables: tuple[dict[Any, Any], ...]
    touched: dict[tuple[int, Any], None]


class World:
    """The reference model of a whole deployment."""

    def __init__(self, deployment: Deployment, is_valid_proof: ProofOracle) -> None:
        self.deployment = deployment
        self.is_valid_proof = is_valid_proof
        self.journal = Journal()
        self.settlement_token = SettlementToken(self)
        self.parameter_store = ParameterStore(self)
        self.timelock = Timelock(self)
        self.governor = Governor(self)
        self.licences = Licences(self)
        self.model_registry = ModelRegistry(self)
        self.lineage = Lineage(self)
        self.pricing = Pricing(self)
        self.gateway = Gateway(self)
        self.revenue = Revenue(self)
        self.staking = Staking(self)
        self.halo2_verifier = Halo2Verifier(self)
        self.verification = Verification(self)
        self.onchain_inference = OnchainInference(self)
        self.badges = Badges(self)
        self.dataset_registry = DatasetRegistry(self)
        self.marketplace = Marketplace(self)
        self.streams = Streams(self)
        self.stable_token = StableToken(self)
        self.taxed_token = TaxedToken(self)
        self.payment_channels = PaymentChannels(self)
        self.consent_log = ConsentLog(self)
        self.attestations = Attestations(self)
        self.policies = Policies(self)
        self.credits = Credits(self)
        self.subscriptions = Subscriptions(self)
        self.access = Access(self)
        self.token_bound_accounts = TokenBoundAccounts(self)
        self.rights = Rights(self)
        self.key_releases = KeyReleases(self)
        self.stable_revenue = StableRevenue(self)
        self.contracts: dict[str, Contract] = {name: getattr(self, name) for name in ORDER}
        self._tables = tuple(
            table for contract in self.contracts.values() for _, table in contract.tables()
        )
        self.journal.logs.clear()

    @property
    def addresses(self) -> Mapping[str, Address]:
        """Every contract's address, by the model's name."""
        return self.deployment.addresses

    def execute(self, call: Call) -> Receipt:
        """
        Carry a call out, or refuse it and leave no trace; anything but a refusal that escapes is
        a bug of the model.
        """
        contract = self.contracts[call.contract]
        method = getattr(contract, call.function)
        if call.value and call.function not in contract.PAYABLE:
            return Receipt(refusal=EmptyRevert())
        try:
            with self.journal.atomic():
                value = method(Context(call.sender, call.value, call.timestamp), *call.arguments)
        except ProtocolError as refusal:
            return Receipt(refusal=refusal)
        events = tuple(self.journal.logs)
        self.journal.logs.clear()
        return Receipt(value=value, events=events)

    def rehearse(self, call: Call) -> Receipt:
        """Return what would come of a call, and leave everything as it was."""
        with self.journal.undone():
            return self.execute(call)

    def view(self, observation: Observation, timestamp: int) -> Receipt:
        """Return what a view answers at a time, as a receipt without events."""
        method = getattr(self.contracts[observation.contract], observation.function)
        ctx = Context(self.deployment.deployer, 0, timestamp)
        try:
            return Receipt(None, method(ctx, *observation.arguments))
        except ProtocolError as refusal:
            return Receipt(refusal=refusal)

    def observations(self, *, touched_only: bool) -> Iterator[Observation]:
        """
        Yield the views to compare: of every key, or of the keys written since the last
        `forget_touched`.
        """
        touched = self.journal.touched if touched_only else None
        for contract in self.contracts.values():
            yield from contract.observations(touched)

    def forget_touched(self) -> None:
        """Start a new record of the keys that are written."""
        self.journal.touched.clear()

    def snapshot(self) -> Snapshot:
        """Return what `revert` takes to come back to this state; usable any number of times."""
        # Values in tables are immutable: what a table held is a copy of its keys.
        return Snapshot(tuple([dict(table) for table in self._tables]), dict(self.journal.touched))

    def revert(self, snapshot: Snapshot) -> None:
        """Come back to the state of a snapshot."""
        for table, held in zip(self._tables, snapshot.tables, strict=True):
            table.hold(held)
        self.journal.touched = dict(snapshot.touched)

    def digest(self) -> str:
        """Return one SHA-256 over all state, keys sorted: equal digests mean equal states."""
        whole = hashlib.sha256()
        for name, contract in sorted(self.contracts.items()):
            for table_name, table in contract.tables():
                whole.update(f"{name}.{table_name}\n".encode())
                for line in sorted(
                    f"{_canonical(key)}={_canonical(value)}\n" for key, value in table.items()
                ):
                    whole.update(line.encode())
        return whole.hexdigest()


def _canonical(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ",".join(_canonical(each) for each in value) + ")"
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool | int | str) or value is None:
        return repr(value)
    raise TypeError(f"state may hold int, bool, str, bytes and tuples, not {type(value).__name__}")
