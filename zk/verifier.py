"""
The one verifier contract that serves every circuit, and how to call it.

`registerVka(bytes32[])` admits a circuit's words and returns their keccak256, the key digest.
`verifyProof(bytes, uint256[], bytes32[])` returns

- `success`: whether the proof holds for the instances under the words;
- `vka_digest`: the key digest of the words that were passed: compare it with the registered one;
- `rescaled_instances`: the instances as 1e18 fixed point; not for integers, whose instances are
  exact as they are.

It reverts where the words were never registered, and where the proof does not hold.
It does not know which weights or which input: compare the points. It accepts a proof with words
appended, so a proof's bytes are no identity: never use their hash to tell proofs apart.
"""

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from zk import backend
from zk.errors import ZkError
from zk.keys import Keys

SOURCE_SHA256 = "b426d5f31e2f9d327baac7d9415dd135df06a6d2628f971ae7446c4bffbcd80f"


def generate_source(keys: Keys) -> str:
    """
    Return the Solidity source as ezkl generates it from these keys: the same for all.

    Raises ZkError where it is not the pinned one: then contract and package must change together.
    """
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "verifier.sol"
        backend.write_verifier_source(
            keys.verifying_key_path, keys.settings_path, path, keys.srs_path
        )
        content = path.read_bytes()
    found = sha256(content).hexdigest()
    if found != SOURCE_SHA256:
        raise ZkError("verifier source", f"has hash {found}", f"hash {SOURCE_SHA256}")
    return content.decode()
