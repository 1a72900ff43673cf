import pytest
from eth_account import Account as Wallet
from hypothesis import given
from hypothesis import strategies as st

from protocol.hashing import HALF_CURVE_ORDER, recover
from sim.accounts import account


def test_a_name_has_one_key_per_seed():
    assert account(3, "host-1") == account(3, "host-1")
    others = [account(4, "host-1"), account(3, "host-2"), account(3, "host-1 ")]
    assert len({each.address for each in [account(3, "host-1"), *others]}) == 4


def test_the_address_is_the_one_of_any_wallet_with_the_key():
    user = account(3, "user-1")
    assert Wallet.from_key(user.private_key).address.lower() == user.address


def test_a_key_is_never_printed():
    user = account(3, "user-1")
    assert user.private_key.hex() not in repr(user)
    assert repr(user.private_key) not in repr(user)


@given(st.binary(min_size=32, max_size=32))
def test_a_signature_recovers_to_its_account_with_a_low_s(digest):
    user = account(3, "user-1")
    signature = user.sign(digest)

    assert recover(digest, signature) == user.address
    assert int.from_bytes(signature[32:64], "big") <= HALF_CURVE_ORDER
    assert signature[64] in (27, 28)
    assert user.sign(digest) == signature


@pytest.mark.parametrize("length", [0, 31, 33])
def test_only_a_digest_of_32_bytes_is_signed(length):
    with pytest.raises(ValueError):
        account(3, "user-1").sign(bytes(length))
