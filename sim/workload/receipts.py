"""
Receipts off the chain: chains of EIP-712 digests by session, and the Merkle trees to settle.

What a session's receipts have in common is encoded once, so a receipt costs two hashes.
"""

from collections.abc import Sequence
from struct import Struct

from protocol.deployment import Deployment
from protocol.hashing import keccak, merkle_root_of_pair
from protocol.sessions import RECEIPT_TYPE_HASH, InferenceReceipt, gateway_separator

_SEQUENCE_WORD = Struct(">24xQ")
_USAGE_WORDS = Struct(">24xQ24xQ24xQ24xQ24xQ")


class ReceiptBuilder:
    """Builds the receipts of one deployment's gateway."""

    def __init__(self, deployment: Deployment) -> None:
        self._domain = b"\x19\x01" + gateway_separator(deployment)

    def chain(
        self,
        *,
        session_id: bytes,
        first_sequence: int,
        previous: bytes,
        input_commitments: Sequence[bytes],
        output_hashes: Sequence[bytes],
        input_tokens: Sequence[int],
        output_tokens: Sequence[int],
        micro_megapixels: int,
        served_at: int,
        steps: int = 0,
    ) -> list[tuple[InferenceReceipt, bytes]]:
        """
        Return consecutive receipts of a session with their digests, one per output.

        `previous` is the digest of the receipt before, zero for the first.
        Megapixels (in millionths), steps and time are the same for all.
        """
        start = RECEIPT_TYPE_HASH + session_id
        built = []
        calls = zip(
            range(first_sequence, first_sequence + len(output_hashes)),
            input_commitments,
            output_hashes,
            input_tokens,
            output_tokens,
            strict=True,
        )
        for sequence, commitment, output_hash, tokens_in, tokens_out in calls:
            receipt = InferenceReceipt(
                session_id,
                sequence,
                commitment,
                output_hash,
                tokens_in,
                tokens_out,
                micro_megapixels,
                steps,
                served_at,
                previous,
            )
            usage = _USAGE_WORDS.pack(tokens_in, tokens_out, micro_megapixels, steps, served_at)
            struct_hash = keccak(
                start + _SEQUENCE_WORD.pack(sequence) + commitment + output_hash + usage + previous
            )
            previous = keccak(self._domain + struct_hash)
            built.append((receipt, previous))
        return built


class MerkleTree:
    """
    A tree over leaves whose pairs are sorted before they are hashed, as MerkleProof verifies it.

    A node without a sibling moves up as it is, so a proof is shorter there.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """
        Hash the tree.

        Raises:
            ValueError: There are no leaves.
        """
        if not leaves:
            raise ValueError("a Merkle tree needs at least one leaf")
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            self._levels.append(_parents(self._levels[-1]))

    @property
    def root(self) -> bytes:
        """The one node on top."""
        return self._levels[-1][0]

    def proof(self, position: int) -> tuple[bytes, ...]:
        """Return the siblings of a leaf on the way to the root, from the bottom up."""
        if not 0 <= position < len(self._levels[0]):
            raise IndexError(f"no leaf {position} in a tree of {len(self._levels[0])}")
        siblings = []
        for level in self._levels[:-1]:
            sibling = position ^ 1
            if sibling < len(level):
                siblings.append(level[sibling])
            position //= 2
        return tuple(siblings)


def _parents(level: list[bytes]) -> list[bytes]:
    parents = list(map(merkle_root_of_pair, level[::2], level[1::2]))
    if len(level) % 2:
        parents.append(level[-1])
    return parents
