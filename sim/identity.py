"""What a run's tokens are: the registered document, resolved, and their history from events."""

from typing import Any

from sim.errors import UserError
from sim.runs import Run
from sim.trace import open_trace
from sim.workload.metadata import DOCUMENTS, ModelMetadata, read_document
from sim.workload.store import ContentStore


def metadata_of(run: Run, model_id: int) -> dict[str, Any]:
    """
    Return what is to be known of a model, valid against docs/model-metadata.schema.json.

    `tokenURI` is followed into the run's store; token, versions and ownership history come from
    the registry's events.

    Raises:
        UserError: The run has no such model, or its document is none.
        StoreError: The document is missing, or is not what `tokenURI` says.
    """
    registered = _of(run, "ModelRegistered", model_id)
    if not registered:
        models = len(run.event("model_registry.ModelRegistered"))
        raise UserError(f"model {model_id}", f"{run.folder} has no such model", f"1 to {models}")
    document = read_document(registered[0]["metadata_uri"], ContentStore(run.folder / DOCUMENTS))
    deployment = open_trace(run.trace).deployment
    transfers = _of(run, "Transfer", model_id, key="token_id")
    versions = _of(run, "VersionPublished", model_id)
    resolved = ModelMetadata.model_validate(
        {
            **document,
            "token": {
                "chain_id": deployment.chain_id,
                "contract": deployment.addresses["model_registry"],
                "model_id": model_id,
                "owner": transfers[-1]["to"],
                "latest_version": int(versions[-1]["version"]),
            },
            "versions": tuple(
                {
                    "version": int(each["version"]),
                    "parent": int(each["parent"]),
                    "weights": each["weights_hash"],
                    "licence_id": int(each["licence_id"]),
                    "call": int(each["call"]),
                }
                for each in versions
            ),
            "ownership_history": tuple(
                {
                    "sender": each["from_"],
                    "receiver": each["to"],
                    "tick": int(each["tick"]),
                    "call": int(each["call"]),
                }
                for each in transfers
            ),
        }
    )
    return resolved.model_dump(mode="json", by_alias=True, exclude_none=True)


def _of(run: Run, event: str, model_id: int, key: str = "model_id") -> list[dict[str, Any]]:
    rows = run.event(f"model_registry.{event}")
    chosen = rows[[int(each) == model_id for each in rows[key]]]
    return [{str(k): v for k, v in row.items()} for row in chosen.to_dict(orient="records")]
