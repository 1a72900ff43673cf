"""
Licensed use: what strict licences ask, what each user has of it, and what the rest costs a user.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from protocol.hashing import keccak
from protocol.licences import ALL_CLASSES, Terms
from protocol.money import WAD
from protocol.parameters import DAY
from protocol.policies import Policy
from sim.agents.attester import ADULT, OLDEST, Attester
from sim.agents.choice import Floats
from sim.agents.population import Conditions, chance_per_tick
from sim.agents.user import User
from sim.catalogue import Listing
from sim.service import OpenSession
from sim.streams import stream
from sim.workload.credentials import issue

if TYPE_CHECKING:
    from sim.market import Market

FREE, REGULATED, EXCLUDED = range(3)
"""Territories: where nothing is asked, where an attestation is, where nothing is allowed."""
TERRITORIES = ("free", "regulated", "excluded")
"""Their names."""
ORDINARY, SENSITIVE = range(2)
"""Use cases: one that needs nothing, one that needs consent."""
PURPOSE = keccak(b"sensitive use of the model, each settled call logged")


@dataclass(frozen=True)
class Traits:
    """Who users are, one row each: `reluctance` is the utility lost by consenting."""

    territory: NDArray[np.int64]
    use_case: NDArray[np.int64]
    reluctance: Floats


class Licensing:
    """The strict licences of a market, and its users' attestations and consents."""

    def __init__(self, market: "Market", attester: Attester) -> None:
        self._market, self._attester = market, attester
        self._rules = market.scenario.licensing
        self.is_used = self._rules.strict > 0
        users = market.scenario.population.users.count
        self.traits = self._draw(users) if self.is_used else _nobody(users)
        self.attested_until = np.zeros(users, dtype=np.int64)
        self._strict: dict[int, Policy] = {}
        self._consents: set[tuple[int, int]] = set()
        self._never_again: set[int] = set()
        self._withdrawal = chance_per_tick(self._rules.withdrawal, 30 * DAY, market.scenario.tick)
        self._chances = [
            stream(market.seed, f"user-{user}/licensing-chances")
            for user in range(users if self.is_used else 0)
        ]

    def _draw(self, users: int) -> Traits:
        rules, traits = self._rules, _nobody(users)
        for user in range(users):
            rng = stream(self._market.seed, f"user-{user}/licensing")
            place, use = rng.random(2)
            if place < rules.regulated + rules.excluded:
                traits.territory[user] = REGULATED if place < rules.regulated else EXCLUDED
            traits.use_case[user] = SENSITIVE if use < rules.sensitive else ORDINARY
            traits.reluctance[user] = rules.reluctance * rng.standard_exponential()
        return traits

    # --- licences ---------------------------------------------------------------------------------

    def is_strict(self, creator: int) -> bool:
        """Whether a creator's licences are strict: the first ones' are."""
        return creator < round(self._rules.strict * len(self._market.creators))

    def terms(self, creator: int, terms: Terms) -> Terms:
        """Return terms as a strict licence has them."""
        strict = self._rules.strict * len(self._market.creators)
        return terms._replace(
            commercial_use=creator < round(self._rules.commercial * strict),
            territories=ALL_CLASSES ^ 1 << EXCLUDED,
        )

    def policy(self) -> Policy:
        """Return what a strict licence asks for."""
        limit = self._rules.calls_per_period
        return Policy(
            attestation_kind=self._attester.kind_id,
            calls_per_period=limit,
            period_epochs=self._rules.period if limit else 0,
            binds_derivatives=self._rules.derivatives == "bound",
            attested_territories=1 << REGULATED,
            consent_purpose=PURPOSE,
            sensitive_use_cases=1 << SENSITIVE,
        )

    def add(self, licence_id: int) -> None:
        """Note a strict licence."""
        self._strict[licence_id] = self.policy()

    def may_be_dropped(self, licence_id: int) -> bool:
        """Whether a licence has a policy that forks need not keep."""
        policy = self._strict.get(licence_id)
        return policy is not None and not policy.binds_derivatives

    def is_policed(self, listing: Listing) -> bool:
        """Whether a version's licence is strict; a fork's is its parent's where that binds it."""
        return self.is_used and self._market.shelf.licence_of(listing) in self._strict

    # --- what users have --------------------------------------------------------------------------

    def use_of(self, user: int) -> tuple[int, int]:
        """Return the territory and the use case that a user's sessions state."""
        return int(self.traits.territory[user]), int(self.traits.use_case[user])

    def lacks(self, user: int, listing: Listing) -> bool:
        """Whether a user still needs an attestation or has to consent, to use a version."""
        return self.is_policed(listing) and (
            self._needs_attestation(user) or self._needs_consent(user, listing.model_id)
        )

    def admits(self, opened: OpenSession) -> bool:
        """Whether a session may still be used: its user has what was asked for when it opened."""
        return not self.is_used or not self.lacks(opened.user, opened.listing)

    def room(self, opened: OpenSession) -> int | None:
        """
        Return how many calls the period still has for a session; None without a limit.

        Those that were settled, and those that the host has not settled yet. Nobody else settles
        any: the user has one session at a time.
        """
        if not self._rules.calls_per_period or not self.is_policed(opened.listing):
            return None
        market, session = self._market, opened.session
        licence_id = market.shelf.licence_of(opened.listing)
        period = market.epoch // self._rules.period
        key = (licence_id, session.model_id, session.user, period)
        waiting = sum(
            entry.last_sequence - entry.first_sequence + 1
            for entry, _, _ in opened.unsettled
            if entry.epoch // self._rules.period == period
        )
        used = int(market.view("policies", "used_in", *key))
        return max(0, self._rules.calls_per_period - used - waiting)

    def is_busy(self, user: User, listing: Listing) -> bool:
        """Whether an earlier session of a user still counts towards a limit."""
        if not self._rules.calls_per_period or not self.is_policed(listing):
            return False
        licence_id = self._market.shelf.licence_of(listing)
        key = (licence_id, listing.model_id, user.address)
        return bool(self._market.view("policies", "is_open", *key))

    def tries_first(self, user: int) -> bool:
        """Whether a user that lacks something first tries without, as a refusal costs it little."""
        return bool(self._chances[user].random() < self._rules.evasion)

    # --- what it costs ----------------------------------------------------------------------------

    def conditions(self, listings: Sequence[Listing]) -> Conditions | None:
        """
        Return what the models on offer ask of each user, None where no licence is strict.

        The fee of an attestation adds to the price of the calls expected while it holds:
        fee / (calls per day * days). Where calls are limited, the share served is the limit over
        the calls expected in a period, at most 1.
        """
        if not self.is_used:
            return None
        strict = np.array([self.is_policed(listing) for listing in listings], dtype=np.bool_)
        rules, traits, users = self._rules, self.traits, self._market.users
        calls = np.array([user.calls_per_day for user in users])
        days = rules.attestation_validity / DAY
        unattested = (traits.territory == REGULATED) & (self.attested_until <= self._market.now)
        fee = np.where(unattested, rules.attestation_fee / WAD / np.maximum(1, calls * days), 0.0)
        served = np.ones(len(users))
        if rules.calls_per_period:
            expected = calls * rules.period * self._market.scenario.protocol.epoch / DAY
            served = np.minimum(1, rules.calls_per_period / expected)
        reluctance = np.zeros((len(users), len(listings)))
        for column, listing in enumerate(listings):
            if strict[column]:
                reluctance[:, column] = self._reluctance(listing.model_id)
        barred = (traits.territory == EXCLUDED)[:, None] & strict
        return Conditions(
            surcharge=fee[:, None] * strict,
            reluctance=reluctance,
            served=np.where(strict, served[:, None], 1.0),
            is_barred=barred | np.isinf(reluctance),
        )

    def _reluctance(self, model_id: int) -> Floats:
        lost = np.where(self.traits.use_case == SENSITIVE, self.traits.reluctance, 0.0)
        lost[[user for user, model in self._consents if model == model_id]] = 0.0
        lost[list(self._never_again)] = np.inf
        return lost

    # --- what users do ----------------------------------------------------------------------------

    def qualify(self, user: User, listing: Listing) -> bool:
        """
        Let a user get what it lacks for a version: it pays the attester, and consents.

        False where it cannot pay.
        """
        market, rules = self._market, self._rules
        if self._needs_attestation(user.row):
            if not market.perform(user, user.pay(self._attester.address, rules.attestation_fee)):
                return False
            self._attest(user)
            self.attested_until[user.row] = market.now + rules.attestation_validity
        if self._needs_consent(user.row, listing.model_id):
            market.perform(user, user.consent(PURPOSE, listing.model_id))
            self._consents.add((user.row, listing.model_id))
        return True

    def _attest(self, user: User) -> None:
        """
        Let the attester attest a user by word; or commit to its age, which the user proves to be
        within the range and shows to nobody.
        """
        market, attester = self._market, self._attester
        if self._rules.attested_by == "word":
            market.perform(attester, attester.attest(user.address))
            return
        rng = stream(market.seed, f"user-{user.row}/credential")
        credential = issue(int(rng.integers(ADULT, OLDEST)), rng)
        market.perform(attester, attester.stand_for(user.address, credential))
        proof = market.workshop.prover.submit(attester.keys, credential.inputs).result()
        market.perform(user, user.prove(attester.kind_id, proof, attester.keys.verifier_words))

    def withdraw_consents(self) -> None:
        """Let users withdraw consents, each with its chance per tick, for good."""
        market = self._market
        for row, model_id in sorted(self._consents):
            if self._chances[row].random() < self._withdrawal:
                self._consents.discard((row, model_id))
                self._never_again.add(row)
                user = market.users[row]
                market.perform(user, user.withdraw_consent(PURPOSE, model_id))

    def _needs_attestation(self, user: int) -> bool:
        is_regulated = self.traits.territory[user] == REGULATED
        return bool(is_regulated and self.attested_until[user] <= self._market.now)

    def _needs_consent(self, user: int, model_id: int) -> bool:
        is_sensitive = self.traits.use_case[user] == SENSITIVE
        return bool(is_sensitive and (user, model_id) not in self._consents)


def _nobody(users: int) -> Traits:
    return Traits(
        np.full(users, FREE, dtype=np.int64),
        np.full(users, ORDINARY, dtype=np.int64),
        np.zeros(users),
    )
