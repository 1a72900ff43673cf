"""What strict licences ask of users, and who the users are that they ask it of."""

from typing import Literal

from sim.scenario.fields import Section, choice, quantity
from sim.scenario.units import COUNT, DURATION, MONEY, NUMBER, SHARE

_SHARES = ("0%", "100%")


class Licensing(Section):
    """
    Some creators' licences are strict: they exclude a territory, ask for an attestation in a
    regulated one and for consent to sensitive use, and limit calls. None are by default.
    """

    strict: float = quantity(
        SHARE, "0%", _SHARES, "share of creators, the first ones, whose licences are strict"
    )
    commercial: float = quantity(
        SHARE, "100%", _SHARES, "share of strict licences, the first ones, for commercial use"
    )
    calls_per_period: int = quantity(
        COUNT, "0", ("0", "1000000000"), "most calls of a user to a strict model; 0: any number"
    )
    period: int = quantity(COUNT, "1", ("1", "1000"), "epochs over which those calls are counted")
    derivatives: Literal["bound", "free"] = choice(
        "bound", "whether forks and merges of strict models have to ask for as much"
    )
    regulated: float = quantity(
        SHARE, "30%", _SHARES, "share of users where strict licences ask for an attestation"
    )
    excluded: float = quantity(
        SHARE, "0%", _SHARES, "share of users in a territory that strict licences exclude"
    )
    sensitive: float = quantity(
        SHARE, "20%", _SHARES, "share of users whose use case needs consent, and is logged"
    )
    attestation_fee: int = quantity(
        MONEY, "5 MNFT", ("0 MNFT", "1000000000 MNFT"), "what an attestation costs its user"
    )
    attested_by: Literal["word", "proof"] = choice(
        "word",
        "the attester's word, or a proof by the user that its age, kept hidden, is 18 or more",
    )
    attestation_validity: int = quantity(
        DURATION, "90d", ("1d", "3650d"), "time for which an attestation holds"
    )
    reluctance: float = quantity(
        NUMBER, "1", ("0", "1000"), "mean utility lost by consenting, exponential over users"
    )
    withdrawal: float = quantity(
        SHARE, "5%", _SHARES, "chance per 30 days to withdraw a consent, for good"
    )
    evasion: float = quantity(
        SHARE, "20%", _SHARES, "chance to try without attestation and consent first"
    )
