"""How an owner describes a model: the document that its token names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocol.money import BPS
from protocol.types import Address
from sim.workload.metadata import (
    SCHEME,
    AccessRights,
    Architecture,
    Benchmark,
    Checkpoint,
    Contributor,
    DatasetReference,
    Derivatives,
    Endpoint,
    ModelDocument,
    TrainingSummary,
)
from sim.workload.publishing import Published
from sim.workload.training import StoredLog

if TYPE_CHECKING:
    from sim.market import Market

_DERIVATIVES: tuple[Derivatives, ...] = ("none", "with approval", "free")


def describe(
    market: "Market",
    published: Published,
    log: StoredLog,
    licence_id: int,
    contributors: Mapping[Address, int],
) -> str:
    """Store the document of a model about to be registered, and return its URI."""
    store = market.workshop.store
    document = _document(market, published, log, licence_id, contributors)
    return SCHEME + store.put(document.content())


def _document(
    market: "Market",
    published: Published,
    log: StoredLog,
    licence_id: int,
    contributors: Mapping[Address, int],
) -> ModelDocument:
    deployment, domains = market.world.deployment, market.workshop.domains
    accuracy = [round(BPS * each) for each in market.workshop.accuracy(published).tolist()]
    examples = [len(domain.held_out_labels) for domain in domains]
    terms = market.view("licences", "terms_of", licence_id)
    task = domains[log.domain].name
    return ModelDocument(
        name=f"{published.architecture} for {task}",
        description=f"Reads handwritten digits, 8 by 8 pixels; made for the task `{task}`.",
        architecture=Architecture(
            name=published.architecture, parameters=published.parameter_count
        ),
        checkpoint=Checkpoint(
            keccak256=_hex(published.weights_hash),
            uri=SCHEME + published.stored.cid,
            bytes=published.stored.size_bytes,
            form=None if published.stored.form == "whole" else published.stored.form,
        ),
        datasets=(
            DatasetReference(
                name=task,
                keccak256=_hex(log.data.content_hash),
                uri=SCHEME + log.data.cid,
                examples=log.data.examples,
            ),
        ),
        contributors=tuple(
            Contributor(account=account, share_bps=share) for account, share in contributors.items()
        ),
        inference=Endpoint(
            chain_id=deployment.chain_id,
            gateway=deployment.addresses["gateway"],
            input="64 whole numbers from 0 to 16",
            output="10 whole numbers, the largest of which names the digit",
        ),
        access_rights=AccessRights(
            licence_id=licence_id,
            licences=deployment.addresses["licences"],
            commercial_use=terms.commercial_use,
            derivatives=_DERIVATIVES[terms.derivatives],
            minimum_royalty_bps=terms.minimum_royalty_bps,
            attribution=terms.attribution,
        ),
        benchmarks=tuple(
            Benchmark(task=domain.name, right_bps=right, examples=count)
            for domain, right, count in zip(domains, accuracy, examples, strict=True)
        ),
        generation=_generation(market, log),
        training=TrainingSummary(
            operations=log.operations,
            log=_hex(log.log_hash),
            log_uri=SCHEME + log.cid,
            parents=tuple(SCHEME + parent for parent in log.parents),
        ),
        specialization=task,
        performance=accuracy[log.domain],
    )


def _generation(market: "Market", log: StoredLog) -> int:
    parents = [market.catalogue.made_of(cid) for cid in log.parents]
    depths = [market.shelf.depth_of(parent.model_id) for parent in parents if parent is not None]
    return 1 + max(depths) if depths else 0


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
