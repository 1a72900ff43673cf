import os
from pathlib import Path

import pytest

from sim.workload.errors import StoreError, WorkloadError
from sim.workload.store import Cid, cid_of, weights_hash


# The names that `ipfs add --cid-version=1` gives these contents.
@pytest.mark.parametrize(
    ("content", "cid"),
    [
        (b"", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (b"hello world", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
    ],
)
def test_a_name_is_the_ipfs_cid_of_the_content(content, cid):
    assert cid_of(content) == cid


def test_the_hash_for_the_chain_is_keccak256_of_the_file():
    assert weights_hash(b"").hex() == (
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    )


def test_what_was_put_is_got_back_under_its_name(store):
    cid = store.put(b"weights")

    assert (store.folder / cid).read_bytes() == b"weights"
    assert store.get(cid) == b"weights"


def test_putting_the_same_content_twice_leaves_one_file(store):
    assert store.put(b"weights") == store.put(b"weights")

    assert len(list(store.folder.iterdir())) == 1


def test_a_file_altered_on_disk_is_refused_with_both_names(store):
    cid = store.put(b"weights")
    (store.folder / cid).write_bytes(b"weightS")

    with pytest.raises(StoreError) as refusal:
        store.get(cid)

    file, found = str(store.folder / cid), cid_of(b"weightS")
    assert (refusal.value.file, refusal.value.expected, refusal.value.found) == (file, cid, found)
    assert (
        str(refusal.value) == f"{file}: its content is {found}; allowed: content whose CID is {cid}"
    )


def test_putting_the_content_again_mends_an_altered_file(store):
    cid = store.put(b"weights")
    (store.folder / cid).write_bytes(b"weightS")

    store.put(b"weights")

    assert store.get(cid) == b"weights"


def test_a_missing_file_is_refused(store):
    cid = cid_of(b"never stored")

    with pytest.raises(StoreError) as refusal:
        store.get(cid)

    assert (refusal.value.expected, refusal.value.found) == (cid, None)


@pytest.mark.parametrize("name", ["", "../secret", "weights", "bafkrei" + "A" * 52])
def test_a_name_that_is_no_cid_is_refused_before_any_file_is_opened(store, name):
    with pytest.raises(WorkloadError) as refusal:
        store.get(Cid(name))

    assert refusal.value.problem == f"'{name}' is no name of stored content"


def test_a_put_that_fails_leaves_nothing_behind(store, monkeypatch):
    def full_disk(self: Path, target: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        store.put(b"weights")

    assert list(store.folder.iterdir()) == []
