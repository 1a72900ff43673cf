"""`tokenURI` leads to the document that was registered, and events to the rest."""

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import mnft
from protocol.hashing import keccak
from protocol.types import ZERO_ADDRESS
from sim.agents.creator import Creator
from sim.commands.inspecting import metadata_schema_text
from sim.errors import UserError
from sim.workload.errors import StoreError
from sim.workload.metadata import read_document
from sim.workload.store import ContentStore
from sim.workload.tasks import base_domain
from sim.workload.training import data_bytes

SCHEMA = Path(__file__).parents[2] / "docs/model-metadata.schema.json"
SCENARIO = """
question: What is a token?
ticks: 5
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload: {hidden_units: [8], request_pool: 3, input_commitment: hash}
population:
  creators: {count: 1, royalty: 10%, new_version: 0%}
  fine_tuners: {count: 1, review: 100%, hurdle: 0, fork_cost: 0 MNFT, evasion: 0%, forks_each: 1}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 3}
  holders: {count: 1}
"""


def sell(self):
    """Give the first model away in tick 2: nothing else in this market moves a token."""
    if self.market.tick == 2:
        buyer = self.market.hosts[0].address
        yield self.call("model_registry", "transfer_from", self.address, buyer, 1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identity")
    (folder / "token.yaml").write_text(SCENARIO)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(Creator, "review_prices", sell)
        yield mnft.run("token.yaml", out=folder / "run")


def test_the_committed_schema_is_what_the_command_prints():
    assert SCHEMA.read_text(encoding="utf-8") == metadata_schema_text() + "\n"
    Draft202012Validator.check_schema(json.loads(metadata_schema_text()))


@pytest.mark.parametrize("model_id", [1, 2])
def test_the_metadata_of_a_token_is_valid_against_the_committed_schema(finished, model_id):
    metadata = mnft.metadata(finished, model_id)

    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(metadata)] == []
    assert set(metadata) == {
        *("schema", "name", "description", "architecture", "checkpoint", "datasets"),
        *("contributors", "inference", "access_rights", "benchmarks", "generation", "training"),
        *("specialization", "performance", "token", "versions", "ownership_history"),
    }


def test_the_document_says_what_the_registry_and_the_data_say(finished):
    metadata = mnft.metadata(finished, 1)
    row = finished.table("models").iloc[0]
    published = finished.event("model_registry.VersionPublished").iloc[0]
    data = data_bytes(base_domain())

    assert metadata["checkpoint"]["keccak256"] == published["weights_hash"]
    assert metadata["architecture"] == {
        "name": row["architecture"],
        "parameters": row["parameters"],
    }
    assert metadata["datasets"][0]["keccak256"] == "0x" + keccak(data).hex()
    assert metadata["datasets"][0]["examples"] == 1_347
    assert metadata["performance"] == round(10_000 * row["accuracy"])
    assert metadata["training"]["operations"] == 841
    assert metadata["training"]["parents"] == []
    assert metadata["access_rights"]["minimum_royalty_bps"] == 1_000
    assert sum(each["share_bps"] for each in metadata["contributors"]) == 10_000


def test_a_fork_names_its_parents_checkpoint_and_its_generation(finished):
    parent, fork = mnft.metadata(finished, 1), mnft.metadata(finished, 2)

    assert (parent["generation"], fork["generation"]) == (0, 1)
    assert fork["training"]["parents"] == [parent["checkpoint"]["uri"]]


def test_the_history_of_owners_comes_from_the_transfers(finished):
    metadata = mnft.metadata(finished, 1)
    agents = finished.table("agents").set_index("agent")["address"]
    creator, buyer = agents["creator-1"], agents["host-1"]

    moved = [(each["sender"], each["receiver"]) for each in metadata["ownership_history"]]

    assert moved == [(ZERO_ADDRESS, creator), (creator, buyer)]
    assert [each["tick"] for each in metadata["ownership_history"]] == [0, 2]
    assert metadata["token"]["owner"] == buyer
    assert metadata["token"]["latest_version"] == len(metadata["versions"]) == 1


def test_an_unknown_model_is_one_clear_error(finished):
    with pytest.raises(UserError, match=r"model 3: .* has no such model; allowed: 1 to 2"):
        mnft.metadata(finished, 3)


def test_a_document_with_other_content_is_refused(finished, tmp_path):
    uri = finished.event("model_registry.ModelRegistered").iloc[0]["metadata_uri"]
    store = ContentStore(tmp_path / "store")
    shutil.copytree(finished.folder / "store", store.folder)
    path = store.folder / uri.removeprefix("ipfs://")
    assert read_document(uri, store)["generation"] == 0
    path.write_text(path.read_text().replace('"generation": 0', '"generation": 9'))

    with pytest.raises(StoreError, match="its content is bafkrei"):
        read_document(uri, store)
    path.unlink()
    with pytest.raises(StoreError, match="no such file"):
        read_document(uri, store)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"{}", "Field required"), (b"not JSON", "Invalid JSON")],
)
def test_what_is_no_models_document_is_one_clear_error(content, problem, tmp_path):
    store = ContentStore(tmp_path)
    uri = "ipfs://" + store.put(content)

    with pytest.raises(UserError, match=problem):
        read_document(uri, store)
    with pytest.raises(UserError, match="this names no content"):
        read_document("somewhere", store)
