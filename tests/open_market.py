"""One model on sale, one host and one user: what tests of settlement begin with."""

from dataclasses import dataclass, field
from typing import Any

from protocol.contract import Observation
from protocol.deployment import Deployment
from protocol.licences import Terms
from protocol.lineage import Parent
from protocol.model_registry_terms import Registration
from protocol.money import MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.pricing import Tariff
from protocol.sessions import Entry, Session, session_digest, session_id_of
from protocol.types import Call, Receipt
from sim.accounts import Account, account

CALL_PRICE = WAD // 10
DEPOSIT = 1_000 * WAD
HOST_FEE_BPS = 3_000
ROOT = b"\x11" * 32
SEED = 7

TARIFF = Tariff(
    dynamic=False,
    per_call=CALL_PRICE,
    per_input_token=0,
    per_output_token=0,
    per_megapixel=0,
    per_step=0,
    floor_level=0,
    cap_level=0,
    capacity=0,
    host_fee_bps=HOST_FEE_BPS,
    data_pool_bps=0,
)


def role(name: str) -> Account:
    return account(SEED, name)


@dataclass
class OpenMarket:
    """The market on any executor of calls: the model, an engine, or both in lockstep."""

    executor: Any
    deployment: Deployment
    tariff: Tariff = TARIFF
    creator: Account = field(default_factory=lambda: role("creator"))
    host: Account = field(default_factory=lambda: role("host"))
    user: Account = field(default_factory=lambda: role("user"))
    intruder: Account = field(default_factory=lambda: role("intruder"))

    def __post_init__(self) -> None:
        self.now = self.deployment.genesis_timestamp
        self.model_id = self.register("first", {self.creator.address: 10_000})
        self.must("pricing", "set_tariff", self.model_id, self.tariff, sender=self.creator)
        self.fund(self.host, "staking")
        self.must("staking", "stake", 0, 1_000 * WAD, sender=self.host)
        self.fund(self.user, "gateway")
        self.must("gateway", "deposit", DEPOSIT, sender=self.user)

    def call(self, contract: str, function: str, *arguments: Any, sender: Any) -> Receipt:
        address = sender.address if isinstance(sender, Account) else sender
        return self.executor.execute(Call(contract, function, arguments, address, self.now))

    def must(self, contract: str, function: str, *arguments: Any, sender: Any) -> Any:
        receipt = self.call(contract, function, *arguments, sender=sender)
        assert receipt.ok, receipt.refusal
        return receipt.value

    def refusal(self, contract: str, function: str, *arguments: Any, sender: Any) -> Any:
        return self.call(contract, function, *arguments, sender=sender).refusal

    def view(self, contract: str, function: str, *arguments: Any) -> Any:
        source = getattr(self.executor, "world", self.executor)
        receipt = source.view(Observation(contract, function, arguments), self.now)
        return receipt.value if receipt.ok else receipt.refusal

    def events(self, receipt: Receipt) -> list[Any]:
        assert receipt.ok, receipt.refusal
        return [log.event for log in receipt.events]

    def address(self, contract: str) -> str:
        return self.deployment.addresses[contract]

    def fund(self, who: Account, spender: str, amount: int = 100_000 * WAD) -> None:
        """Give MNFT to an account that lets a contract take any of it."""
        token, deployer = "settlement_token", self.deployment.deployer
        self.must(token, "transfer", who.address, amount, sender=deployer)
        self.must(token, "approve", self.address(spender), MAX_UINT256, sender=who)

    def licence(self, terms: Terms | None = None) -> int:
        free = Terms(True, 2, 0, False, MAX_UINT256, MAX_UINT256)
        return self.must("licences", "create", terms or free, sender=self.creator)

    def registration(
        self, name: str, shares: dict[str, int], terms: Terms | None = None
    ) -> Registration:
        return Registration(
            metadata_uri=f"model {name}",
            weights_hash=name.encode().ljust(32, b"\0"),
            storage_uri="",
            architecture="mlp",
            parameter_count=1,
            licence_id=self.licence(terms),
            resale_royalty_bps=0,
            contributors=tuple(shares),
            shares_bps=tuple(shares.values()),
        )

    def register(self, name: str, shares: dict[str, int], terms: Terms | None = None) -> int:
        registration = self.registration(name, shares, terms)
        return self.must("model_registry", "register", registration, sender=self.creator)

    def fork(self, name: str, parent_id: int, royalty_bps: int, shares: dict[str, int]) -> int:
        parent = Parent(parent_id, 1, royalty_bps)
        registration = self.registration(name, shares)
        return self.must("lineage", "fork", parent, registration, sender=self.creator)

    def merge(self, name: str, parents: tuple[tuple[int, int], ...], shares: dict[str, int]) -> int:
        """Merge first versions of models; parents are pairs of model and royalty (bps)."""
        named = tuple(Parent(parent_id, 1, royalty_bps) for parent_id, royalty_bps in parents)
        registration = self.registration(name, shares)
        return self.must("lineage", "merge", named, registration, sender=self.creator)

    def session(self, **changes: Any) -> Session:
        usual = Session(
            user=self.user.address,
            host=self.host.address,
            model_id=self.model_id,
            version=1,
            maximum_price=CALL_PRICE,
            maximum_total=100 * WAD,
            expires_at=self.now + 30 * DAY,
            nonce=1,
            commercial=False,
            territory=0,
            use_case=0,
        )
        return usual._replace(**changes)

    def sign(self, session: Session, signer: Account | None = None) -> bytes:
        return (signer or self.user).sign(session_digest(self.deployment, session))

    def open(self, session: Session | None = None, signer: Account | None = None) -> bytes:
        """Open a session, the usual one unless told otherwise, and return its id."""
        session = session or self.session()
        signature = self.sign(session, signer)
        opened = self.must("gateway", "open_session", session, signature, sender=self.host)
        assert opened == session_id_of(session)
        return opened

    def entry(self, session_id: bytes, first: int = 1, last: int = 1, **changes: Any) -> Entry:
        epoch = self.now // self.deployment.values["epochSeconds"]
        return Entry(session_id, epoch, first, last, 0, 0, 0, 0)._replace(**changes)

    def settle(self, *entries: Entry, root: bytes = ROOT) -> int:
        return self.must("gateway", "settle", self.model_id, root, entries, sender=self.host)

    def refused_settle(self, *entries: Entry) -> Any:
        return self.refusal("gateway", "settle", self.model_id, ROOT, entries, sender=self.host)

    def wait(self, seconds: int) -> None:
        self.now += seconds

    def wait_for_release(self) -> None:
        self.wait(self.deployment.values["challengeWindowSeconds"] + 1)
