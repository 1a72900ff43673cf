"""Circuits and checks: the structs of Verification.sol."""

from typing import NamedTuple

from protocol.types import Address

INPUT_COMMITTED = 0
"""The input is the proof's first point, and nobody sees it."""

INPUT_OPENED = 1
"""The input is the proof's first public instances."""


class Circuit(NamedTuple):
    """
    What a proof of one model version must be made with.

    The owner states it: whoever relies on it recomputes the digest from the model and the settings.
    `input_bound` is the largest absolute input that can be proven.
    """

    key_digest: bytes
    settings_hash: bytes
    weight_point_x: bytes
    weight_point_y: bytes
    input_mode: int
    input_length: int
    output_length: int
    input_bound: int
    logrows: int
    srs_id: str


class Check(NamedTuple):
    """A receipt that its host must prove until the deadline, inclusive."""

    batch_id: int
    session_id: bytes
    leaf: bytes
    input_commitment: bytes
    output_hash: bytes
    model_id: int
    refund: int
    host: Address
    deadline: int
    version: int
    validator: Address
    closed: bool
