"""A content-addressed store in a local folder: a file's name is the hash of what is in it."""

import os
import re
import tempfile
from base64 import b32encode
from hashlib import sha256
from pathlib import Path
from typing import NewType

from protocol.hashing import keccak
from sim.workload.errors import StoreError, WorkloadError

Cid = NewType("Cid", str)
"""An IPFS content identifier, version 1: raw bytes, sha2-256, base32."""

# Version 1, codec raw (0x55), multihash sha2-256 (0x12) of 32 bytes (0x20).
_CID_PREFIX = bytes([0x01, 0x55, 0x12, 0x20])
_CID_FORM = re.compile(r"bafkrei[a-z2-7]{52}")


def cid_of(content: bytes) -> Cid:
    """
    Return the content's IPFS CIDv1.

    The same name that `ipfs add --cid-version=1` gives a file of one block (up to 256 KiB).
    """
    encoded = b32encode(_CID_PREFIX + sha256(content).digest()).decode("ascii")
    return Cid("b" + encoded.lower().rstrip("="))


def weights_hash(serialised: bytes) -> bytes:
    """Return the 32 bytes that stand for a model on chain: keccak256 of its ONNX file."""
    return keccak(serialised)


class ContentStore:
    """Files in one folder, each under its CID; several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> Cid:
        """
        Store the content and return its name.

        Afterwards the whole file is there under its name, or, after an OSError or a kill, none.
        """
        cid = cid_of(content)
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(prefix=".partial-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(self.folder / cid)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        return cid

    def get(self, cid: Cid) -> bytes:
        """
        Return the content of that name.

        Raises StoreError where the file is missing or is not what its name says.
        """
        # A name may come from anyone: it must not lead out of the folder.
        if not _CID_FORM.fullmatch(cid):
            raise WorkloadError(
                str(self.folder), f"'{cid}' is no name of stored content", "bafkrei… (CIDv1, raw)"
            )
        path = self.folder / cid
        try:
            content = path.read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise StoreError(str(path), cid, None) from error
        found = cid_of(content)
        if found != cid:
            raise StoreError(str(path), cid, found)
        return content
