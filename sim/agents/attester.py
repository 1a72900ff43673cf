"""The attester: for a fee it says, or stands for data that show, what strict licences ask for."""

from concurrent.futures import Future
from typing import TYPE_CHECKING

from protocol.attestations import Kind
from protocol.hashing import keccak
from protocol.types import Address
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.workload.credentials import WITHIN, Credential
from zk import Keys

if TYPE_CHECKING:
    from sim.market import Market

STATEMENT = keccak(b"the account's holder is 18 or older")
ADULT, OLDEST = 18, 120


class Attester(MarketAgent):
    """One office, which has a kind of its own: by its word, or by proofs about what it knows."""

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        self.kind_id = 0
        self._keys: Future[Keys] | None = None

    @property
    def keys(self) -> Keys:
        """The keys of the circuit that shows an age to be within the range."""
        if self._keys is None:
            self._keys = self.market.workshop.prepare_range(ADULT, OLDEST)
            self.market.catalogue.other_keys.append(self._keys)
        return self._keys.result()

    @property
    def _until(self) -> int:
        return self.market.now + self.market.scenario.licensing.attestation_validity

    def open_office(self) -> Actions:
        """Create the kind that strict licences name."""
        kind = Kind(self.address, STATEMENT)
        if self.market.scenario.licensing.attested_by == "proof":
            point = self.keys.weight_point
            kind = kind._replace(
                key_digest=self.keys.key_digest,
                weight_point_x=point[:32],
                weight_point_y=point[32:],
                output=WITHIN,
            )
        created = yield self.call("attestations", "create_kind", kind)
        self.kind_id = created.value

    def attest(self, account: Address) -> Actions:
        """Attest an account by word."""
        yield self.call("attestations", "attest", self.kind_id, account, self._until)

    def stand_for(self, account: Address, credential: Credential) -> Actions:
        """Commit to an account's age, which it may then prove to be within the range."""
        digest = self.market.workshop.commitment(self.keys, credential)
        yield self.call("attestations", "commit_data", self.kind_id, account, digest, self._until)
