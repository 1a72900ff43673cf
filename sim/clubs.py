"""Members' clubs: what owners ask for a place on their allowlist, and who joins because it pays."""

from collections import Counter
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from protocol.access import MAXIMUM_ACCOUNTS
from protocol.money import BPS, WAD
from protocol.parameters import DAY
from protocol.types import Call, Receipt
from sim.agents.base import Actions
from sim.agents.choice import Floats
from sim.agents.clubs import NO_CLUB, Club, Prospects, candidates, income, member_ratio
from sim.agents.creator import Creator
from sim.agents.expectations import kept_share
from sim.agents.gates import STEP_BPS, WORTHWHILE
from sim.agents.paths import Integers
from sim.agents.plans import leaving_per_day
from sim.agents.population import Booleans
from sim.agents.publisher import Offer
from sim.agents.user import User
from sim.catalogue import Listing
from sim.gating import Granted
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market

_FEE_UNIT = WAD // 1000


class Joined(NamedTuple):
    """A fee that a user paid to be on a model's allowlist for a period (base units)."""

    tick: int
    model_id: int
    user: str
    fee: int


class Clubs:
    """
    Who is a member of which model's club; where no owner considers one nothing ever happens.

    An owner announces a fee off the chain. Who pays it to the model is put on its allowlist for a
    period, and taken off at its end unless it pays again. No contract binds the two: an owner here
    keeps its word, and takes no less off prices than it did when members joined.
    """

    def __init__(self, market: "Market") -> None:
        self._market = market
        people = market.scenario.population
        self._terms, users = people.creators.club, people.users
        self._leaving = leaving_per_day(users.churn, 0.0)
        ends = min(1.0, DAY / users.session)
        self._choosing = 1 - (1 - users.rechoice) * (1 - ends)
        self._clubs: dict[int, Club] = {}
        self._until: dict[tuple[int, int], int] = {}
        self._owners = market.creators[: self._terms.owners]
        self._draws = {
            owner.name: stream(market.seed, f"{owner.name}/club") for owner in self._owners
        }
        self.joined: list[Joined] = []
        self.fees: Counter[int] = Counter()
        """All fees of each user, by its row (base units)."""

    def step(self) -> None:
        """Let owners review their terms, and strike off whoever's period is over and stays away."""
        chance = self._market.per_day(self._terms.review)
        for owner in self._owners:
            for offer in owner.offers:
                if self._draws[owner.name].random() < chance:
                    self._market.perform(owner, self._review(owner, offer))
                self._market.perform(owner, self._end_periods(owner, offer.listing))

    def ratios(self, choosers: Integers, listings: Sequence[Listing]) -> Floats | None:
        """
        Return what a call costs over its price, choosers by models: to members the price less the
        discount, to others what it would cost if they joined; None without clubs.
        """
        if not self._clubs:
            return None
        ratios = np.ones((len(choosers), len(listings)))
        for column, listing in enumerate(listings):
            if listing.model_id in self._clubs and self._owner_of(listing.model_id):
                ratios[:, column] = self._ratio(choosers, listing)
        return ratios

    def join(self, user: User, listing: Listing) -> Actions:
        """Pay the fee unless the user is a member, and be listed by the owner."""
        owner = self._owner_of(listing.model_id)
        if owner is None or (user.row, listing.model_id) in self._until:
            return
        if (yield from self._pay(user, listing)):
            allowing = owner.call("access", "set_allowed", listing.model_id, (user.address,), True)
            self._market.carry_out(owner.name, allowing)

    def _pay(self, user: User, listing: Listing) -> Generator[Call, Receipt, bool]:
        model_id = listing.model_id
        fee = _asked(self._clubs[model_id], self._market.shelf.price_of(model_id))
        if not fee or not (yield from user.provide("revenue", fee)):
            return False
        receipt = yield user.call("revenue", "pay_model", model_id, fee)
        if receipt.ok:
            self._until[user.row, model_id] = self._market.now + self._terms.period
            self.joined.append(Joined(self._market.tick, model_id, user.name, fee))
            self.fees[user.row] += fee
        return receipt.ok

    def _end_periods(self, owner: Creator, listing: Listing) -> Actions:
        """Let members whose period is over pay for another, and strike off the others."""
        market, model_id, struck = self._market, listing.model_id, []
        for (row, model), until in list(self._until.items()):
            if model != model_id or market.now < until:
                continue
            del self._until[row, model_id]
            user = market.users[row]
            if not (self._returns(row, listing) and market.perform(user, self._pay(user, listing))):
                struck.append(user.address)
        for first in range(0, len(struck), MAXIMUM_ACCOUNTS):
            part = tuple(struck[first : first + MAXIMUM_ACCOUNTS])
            yield owner.call("access", "set_allowed", model_id, part, False)

    def _returns(self, row: int, listing: Listing) -> bool:
        is_here = bool(self._market.population.is_here[row])
        if not is_here or self._market.gating.last(row) != listing.model_id:
            return False
        return float(self._ratio(np.array([row]), listing)[0]) < 1

    def _ratio(self, users: Integers, listing: Listing) -> Floats:
        club = self._clubs[listing.model_id]
        ratios = member_ratio(self._prospects(users, listing), club)
        ratios[self._is_member(users, listing.model_id)] = 1 - club.discount
        return ratios

    def _review(self, owner: Creator, offer: Offer) -> Actions:
        """Announce the club that promises most, where it promises more than today's."""
        market, listing = self._market, offer.listing
        price = market.shelf.price_of(listing.model_id)
        users = np.flatnonzero(market.population.is_here)
        today = self._clubs.get(listing.model_id, NO_CLUB)
        most = min(self._terms.largest_discount, owner.largest_discount(offer))
        promised = round(today.discount * BPS) if self._has_members(listing.model_id) else STEP_BPS
        discounts = range(promised, most + 1, STEP_BPS)
        prospects, kept = self._prospects(users, listing), kept_share(market, offer.host_fee)
        clubs = candidates(prospects, [discount / BPS for discount in discounts])
        incomes = {club: income(prospects, club, kept) for club in clubs}
        best = max(incomes, key=lambda club: incomes[club], default=NO_CLUB)
        if best == NO_CLUB or incomes[best] <= WORTHWHILE * income(prospects, today, kept):
            return
        grants = market.view("access", "grants_of", listing.model_id)._replace(
            allowlist_discount_bps=round(best.discount * BPS)
        )
        receipt = yield owner.call("access", "set_grants", listing.model_id, grants)
        if receipt.ok:
            self._clubs[listing.model_id] = best
            expected = incomes[best] / income(prospects, NO_CLUB, kept)
            place, fee = (market.tick, listing.model_id, owner.name), _asked(best, price)
            granted = Granted(*place, "allowlist", best.discount, expected, fee)
            market.gating.granted.append(granted)

    def _prospects(self, users: Integers, listing: Listing) -> Prospects:
        """Return what a survey says of users; other clubs' members have their discounts there."""
        market, people = self._market, self._market.scenario.population.users
        own, rest = market.gating.standing(listing, users)
        for other in market.catalogue.newest():
            if other.model_id in self._clubs and other.model_id != listing.model_id:
                discount = self._clubs[other.model_id].discount
                more = (1 - discount) ** -people.price_coefficient - 1
                members = self._is_member(users, other.model_id)
                rest = rest + market.gating.weight(other, users) * members * more
        return Prospects(
            market.population.activity[users],
            own,
            rest,
            people.price_coefficient,
            self._choosing,
            self._leaving,
            people.trust,
            self._terms.period / DAY,
        )

    def _is_member(self, users: Integers, model_id: int) -> Booleans:
        return np.array([(row, model_id) in self._until for row in users.tolist()], dtype=np.bool_)

    def _has_members(self, model_id: int) -> bool:
        return any(model == model_id for _, model in self._until)

    def _owner_of(self, model_id: int) -> Creator | None:
        """Return the owner who announced a model's club; None once it sold the model."""
        for owner in self._owners:
            if any(offer.listing.model_id == model_id for offer in owner.offers):
                return owner
        return None


def _asked(club: Club, price: int) -> int:
    """Return a club's fee in base units, in whole thousandths of a token."""
    return int(club.fee * price) // _FEE_UNIT * _FEE_UNIT
