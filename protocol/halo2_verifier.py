"""Halo2VerifierReusable.sol: ezkl's verifier, one bytecode for all circuits, as generated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.contract import Contract
from protocol.hashing import keccak
from protocol.types import Address, Context, Event

if TYPE_CHECKING:
    from protocol.world import World


@dataclass(frozen=True, slots=True)
class VkaRegistered(Event):
    """
    The verifier accepts proofs under a verifying key from now on.

    `vka` is what an indexed array leaves in a log: the hash of its words, the digest again.
    """

    from_: Address
    digest: bytes
    vka: bytes


class Halo2Verifier(Contract):
    """The verifying keys that are known; proofs are judged by the world's oracle."""

    NAME = "halo2_verifier"
    SOLIDITY = "Halo2VerifierReusable"
    EVENTS = (VkaRegistered,)
    # Its two-slot header is followed by what no ABI decoder can read as the third value, and its
    # refusals carry no arguments: it is asked through the wrapper `Verification.sol` alone.
    UNMODELLED = frozenset({"verifyProof"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._registered_keys = self.table()

    def register_vka(self, ctx: Context, vka: Sequence[bytes]) -> bytes:
        """Make a verifying key known, and return its digest; anyone may, any number of times."""
        digest = key_digest(vka)

        self._registered_keys[digest] = True
        self.emit(VkaRegistered(ctx.sender, digest, digest))
        return digest

    def is_accepted(self, proof: bytes, instances: Sequence[int], vka: Sequence[bytes]) -> bool:
        """Whether `verifyProof` would say yes, not revert: known key, valid proof."""
        if key_digest(vka) not in self._registered_keys:
            return False
        return self._world.is_valid_proof(proof, tuple(instances), tuple(vka))


def key_digest(vka: Sequence[bytes]) -> bytes:
    """Return the hash of a verifying key's words, as the verifier computes it."""
    return keccak(b"".join(vka))
