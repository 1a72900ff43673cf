"""Sealed files: opened by their key alone, refused in one line each where something is wrong."""

import pytest
from Crypto.Cipher import ChaCha20_Poly1305

from protocol.hashing import keccak
from sim.streams import stream
from sim.workload.errors import WorkloadError
from sim.workload.graph import to_onnx
from sim.workload.sealing import KEY_BYTES, draw_key, seal, unseal
from sim.workload.store import weights_hash

PLACE = "store/bafk"


@pytest.fixture(scope="module")
def key():
    return draw_key(stream(1, "creator-1/sealing"))


@pytest.fixture
def plaintext(exact):
    return to_onnx(exact)


@pytest.fixture
def sealed(plaintext, key):
    return seal(plaintext, key)


def opened(sealed, key, plaintext):
    return unseal(sealed, key.key, key.commitment, weights_hash(plaintext), PLACE)


def refusal(sealed, key, commitment, registered):
    with pytest.raises(WorkloadError) as caught:
        unseal(sealed, key, commitment, registered, PLACE)
    assert caught.value.place == PLACE
    return caught.value.problem


def test_what_was_sealed_is_opened_to_the_byte_and_reads_like_noise_before(sealed, key, plaintext):
    assert opened(sealed, key, plaintext) == plaintext
    assert plaintext[:64] not in sealed
    assert len(sealed) == len(plaintext) + len("mnft.sealed/1\n") + 32 + 12 + 16


def test_the_same_stream_draws_the_same_key_and_another_one_another(key):
    assert draw_key(stream(1, "creator-1/sealing")) == key
    assert draw_key(stream(1, "creator-2/sealing")).key != key.key
    assert key.commitment == keccak(key.key)


def test_a_wrong_key_is_refused_before_it_is_tried(sealed, key, plaintext):
    wrong = draw_key(stream(2, "creator-1/sealing"))
    registered = weights_hash(plaintext)
    problem = "the key is not the one that its owner committed to"
    assert refusal(sealed, wrong.key, key.commitment, registered) == problem
    assert refusal(sealed, key.key[:-1], key.commitment, registered) == problem


def test_a_key_that_seals_nothing_here_is_refused_though_its_owner_stands_by_it(sealed, plaintext):
    other = draw_key(stream(2, "creator-1/sealing"))
    problem = refusal(sealed, other.key, other.commitment, weights_hash(plaintext))
    assert problem == "it was changed since it was sealed"


@pytest.mark.parametrize("place", [46, 60, 2_000, -1])
def test_a_changed_nonce_ciphertext_or_tag_is_refused(sealed, key, plaintext, place):
    changed = bytearray(sealed)
    changed[place] ^= 1
    problem = refusal(bytes(changed), key.key, key.commitment, weights_hash(plaintext))
    assert problem == "it was changed since it was sealed"


def test_a_file_moved_to_another_version_is_refused_with_its_name_changed_or_not(
    sealed, key, plaintext
):
    other = b"\x11" * 32
    moved = refusal(sealed, key.key, key.commitment, other)
    assert moved == f"it seals other weights, those of hash 0x{weights_hash(plaintext).hex()}"
    start = len(b"mnft.sealed/1\n")
    renamed = sealed[:start] + other + sealed[start + 32 :]
    problem = refusal(renamed, key.key, key.commitment, other)
    assert problem == "it was changed since it was sealed"


def test_an_owner_who_seals_something_else_than_is_registered_is_found_out(plaintext, key):
    worthless = plaintext[:-1] + b"\0"
    registered = weights_hash(plaintext)
    # The header is the owner's own word, so a dishonest one binds the registered hash.
    bound = b"mnft.sealed/1\n" + registered
    cipher = ChaCha20_Poly1305.new(key=key.key, nonce=key.nonce)
    cipher.update(bound)
    sealed = bound + key.nonce + b"".join(cipher.encrypt_and_digest(worthless))
    problem = refusal(sealed, key.key, key.commitment, registered)
    assert problem == "what it holds is not what is registered: its owner sealed something else"


@pytest.mark.parametrize("content", [b"", b"mnft.sealed/1\n" + bytes(KEY_BYTES + 27)])
def test_what_is_no_sealed_file_is_refused(content, key, plaintext):
    problem = refusal(content, key.key, key.commitment, weights_hash(plaintext))
    assert problem == "it is not a sealed file"
