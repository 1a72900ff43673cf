"""
The document that a model's `tokenURI` names, and what the chain adds to it.

The document lies in the store under its CID, so whoever has the URI can tell that it is the one
that was registered. Whole numbers only: the same model has the same document on every machine.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.errors import UserError
from sim.workload.store import Cid, ContentStore

DOCUMENT_SCHEMA: Literal["mnft.model/1"] = "mnft.model/1"
Derivatives = Literal["none", "with approval", "free"]
SCHEME = "ipfs://"
DOCUMENTS = "store"
"""Folder of a run with the documents of its models, each under its CID."""

Address = Annotated[str, Field(pattern=r"^0x[0-9a-f]{40}$")]
Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$", description="keccak256 of the bytes")]
Uri = Annotated[str, Field(pattern=r"^ipfs://bafkrei[a-z2-7]{52}$", description="where it lies")]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[int, Field(ge=0, le=10_000)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Architecture(_Part):
    """What kind of model it is."""

    name: str = Field(description="layers and their widths")
    parameters: Count


class Checkpoint(_Part):
    """The weights; the hash is of the model's file, which the URI may name in another form."""

    keccak256: Hash
    uri: Uri
    bytes: Count = Field(description="size of what the URI names")
    form: Literal["sealed", "delta"] | None = Field(
        default=None,
        description="encrypted, or as a delta of the model that training went on from; "
        "not said of a whole file",
    )


class DatasetReference(_Part):
    """Data that the model was trained on."""

    name: str
    keccak256: Hash
    uri: Uri
    examples: Count


class Contributor(_Part):
    """Who made it."""

    account: Address
    share_bps: Share = Field(description="weight: share of what the model earns")


class Endpoint(_Part):
    """How it is called."""

    chain_id: Count
    gateway: Address = Field(description="contract at which sessions with hosts are opened")
    input: str
    output: str


class AccessRights(_Part):
    """What a user and a fork may do, by the licence on chain."""

    licence_id: Count
    licences: Address = Field(description="contract that holds the licence")
    commercial_use: bool
    derivatives: Derivatives
    minimum_royalty_bps: Share
    attribution: bool


class Benchmark(_Part):
    """How well it reads drawings that it was never trained on."""

    task: str
    right_bps: Share
    examples: Count


class TrainingSummary(_Part):
    """How it was trained."""

    operations: Count = Field(description="gradient steps")
    log: Hash
    log_uri: Uri
    parents: tuple[Uri, ...] = Field(description="checkpoints that training went on from")


class ModelDocument(_Part):
    """What was registered of a model."""

    schema_name: Literal["mnft.model/1"] = Field(default=DOCUMENT_SCHEMA, alias="schema")
    name: str
    description: str
    architecture: Architecture
    checkpoint: Checkpoint
    datasets: tuple[DatasetReference, ...]
    contributors: tuple[Contributor, ...] = Field(min_length=1, max_length=32)
    inference: Endpoint
    access_rights: AccessRights
    benchmarks: tuple[Benchmark, ...] = Field(min_length=1)
    generation: Count = Field(description="models above it in the lineage")
    training: TrainingSummary
    specialization: str = Field(description="task that it was made for")
    performance: Share = Field(description="score on that task, 0 to 10,000")

    def content(self) -> bytes:
        """Return the document's bytes, as they lie in the store."""
        said = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(said, indent=1).encode("ascii")


class Token(_Part):
    """Which token it is now, and whose."""

    chain_id: Count
    contract: Address
    model_id: Count
    owner: Address
    latest_version: Count


class PublishedVersion(_Part):
    """A version, as the registry announced it."""

    version: Count
    parent: Count = Field(description="version that it came from, 0 for the first")
    weights: Hash
    licence_id: Count
    call: Count = Field(description="number of the call in the trace")


class ChangeOfOwner(_Part):
    """A transfer of the token; the first is its birth, from the zero address."""

    sender: Address
    receiver: Address
    tick: int
    call: Count = Field(description="number of the call in the trace")


class ModelMetadata(ModelDocument):
    """The document, and what the events of the chain say of the token since."""

    token: Token
    versions: tuple[PublishedVersion, ...] = Field(min_length=1)
    ownership_history: tuple[ChangeOfOwner, ...] = Field(min_length=1)


def read_document(uri: str, store: ContentStore) -> dict[str, Any]:
    """
    Return the document that a URI names, as it was registered.

    Raises:
        StoreError: It is missing, or is not what its name says.
        UserError: The URI names nothing in the store, or the document is no model's.
    """
    cid = uri.removeprefix(SCHEME)
    if cid == uri:
        raise UserError(uri, "this names no content", "ipfs://bafkrei…")
    content = store.get(Cid(cid))
    try:
        document = ModelDocument.model_validate_json(content)
        return document.model_dump(mode="python", by_alias=True, exclude_none=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        raise UserError(f"{uri}: {place}", first["msg"], DOCUMENT_SCHEMA) from error


def schema_text() -> str:
    """Return the JSON Schema of what `mnft.metadata` returns, without the last newline."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ModelMetadata.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=1, ensure_ascii=True)
