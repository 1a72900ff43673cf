"""Calls paid ahead: what owners offer, which users buy, and where unused credits go."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from protocol.access_terms import Claim
from protocol.parameters import DAY
from protocol.prepaid_token import Prepaid
from sim.agents.base import Actions
from sim.agents.paths import Integers
from sim.agents.plans import (
    PAY_PER_CALL,
    SUBSCRIBE,
    Plans,
    Terms,
    cheapest,
    leaving_per_day,
)
from sim.agents.user import User, tokens
from sim.catalogue import Listing
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market

SUBSCRIPTIONS, CREDITS = "subscriptions", "credits"


class Held:
    """
    The tokens that a user has for a model: a pass, own or let, one that opens its gate, credits; 0
    for none.
    """

    def __init__(self) -> None:
        self.pass_id = self.credit_id = self.gate_token_id = 0
        self.is_tenant = False

    def claim(self) -> Claim:
        """Return what the user presents."""
        return Claim(self.pass_id, self.gate_token_id, self.credit_id)


class Prepaying:
    """The users' side of calls paid ahead; without an offer in the scenario nothing happens."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        users, creators = market.scenario.population.users, market.scenario.population.creators
        self.is_offered = bool(creators.subscription.calls or creators.credits.valid)
        self._leaving_per_day = leaving_per_day(users.churn, users.rechoice)
        self._held: dict[tuple[int, int], Held] = {}
        self._draws = stream(market.seed, "credits/handed-on")
        self.issued: list[tuple[str, int, int]] = []
        """Collection, token and model of each token whose calls may lapse."""
        self.subscribers: set[int] = set()
        """Rows of the users who ever subscribed."""
        self.bought: dict[int, tuple[int, int]] = {}
        """The first pass that each user bought, by its row, and the pass's model."""

    def plans(
        self, choosers: Integers, listings: Sequence[Listing], prices: Sequence[int]
    ) -> list[Plans] | None:
        """Return each chooser's cheapest way to pay for each model; None without any offer."""
        if not self.is_offered:
            return None
        return [
            self.plan(choosers, listing.model_id, price)
            for listing, price in zip(listings, prices, strict=True)
        ]

    def plan(self, users: Integers, model_id: int, price: int) -> Plans:
        """Return each user's cheapest way to pay for a model."""
        activity = self._market.population.activity[users]
        return cheapest(activity, self._leaving_per_day, self._terms(model_id, price))

    def prepay(self, user: User, model_id: int, plans: Plans, row: int) -> Actions:
        """Buy what is cheapest, unless there are calls left of the last purchase."""
        kind, calls = int(plans.kind[row]), int(plans.credits[row])
        if kind == PAY_PER_CALL or self.calls_left(user.row, model_id):
            return
        contract = SUBSCRIPTIONS if kind == SUBSCRIBE else CREDITS
        offer = self._market.view(contract, "offer_of", model_id)
        calls = offer.calls if kind == SUBSCRIBE else calls
        cost = int(calls * offer.call_price)
        if not (yield from user.provide(contract, cost)):
            return
        held = self._held.setdefault((user.row, model_id), Held())
        if kind == SUBSCRIBE and held.pass_id and not held.is_tenant:
            yield user.call(contract, "renew", held.pass_id, cost)
            return
        bought = (
            ("subscribe", model_id, cost) if kind == SUBSCRIBE else ("buy", model_id, calls, cost)
        )
        receipt = yield user.call(contract, *bought)
        if not receipt.ok:
            return
        self.issued.append((contract, receipt.value, model_id))
        if kind == SUBSCRIBE:
            held.pass_id, held.is_tenant = receipt.value, False
            self.subscribers.add(user.row)
            self.bought.setdefault(user.row, (receipt.value, model_id))
        else:
            held.credit_id = receipt.value
        yield user.call("access", "present", model_id, held.claim())

    def calls_left(self, row: int, model_id: int) -> int:
        """Return how many prepaid calls a user may still make with a model."""
        held = self._held.get((row, model_id))
        if held is None:
            return 0
        owned = ((SUBSCRIPTIONS, held.pass_id), (CREDITS, held.credit_id))
        tokens_held = [self._prepaid(name, token_id) for name, token_id in owned if token_id]
        return sum(each.calls_left for each in tokens_held if self._market.now <= each.expires_at)

    def show_token(self, user: User, model_id: int, token_id: int) -> Actions:
        """Present a token that opens a gate beside what the user presents anyway."""
        held = self._held.setdefault((user.row, model_id), Held())
        held.gate_token_id = token_id
        yield user.call("access", "present", model_id, held.claim())

    def passes(self) -> list[tuple[int, int, int, Prepaid]]:
        """Return the passes that their owners can use: row, model, pass, and what is left of it."""
        found = []
        for (row, model_id), held in self._held.items():
            if held.pass_id and not held.is_tenant:
                prepaid = self._prepaid(SUBSCRIPTIONS, held.pass_id)
                if prepaid.calls_left and self._market.now <= prepaid.expires_at:
                    found.append((row, model_id, held.pass_id, prepaid))
        return found

    def move_in(self, owner: int, tenant: User, model_id: int) -> Actions:
        """Let a tenant use the pass that an owner let to it; the owner has no more use of it."""
        theirs = self._held.setdefault((tenant.row, model_id), Held())
        theirs.pass_id, theirs.is_tenant = self._held[owner, model_id].pass_id, True
        self._held[owner, model_id].pass_id = 0
        yield tenant.call("access", "present", model_id, theirs.claim())

    def hand_on(self, row: int) -> Actions:
        """
        Give the credits that a leaving user has left to one who has none, with the scenario's
        chance; credits that stay with their buyer are refused, and lapse.
        """
        market = self._market
        for (owner, model_id), held in list(self._held.items()):
            if owner != row or not held.credit_id or not self.calls_left(row, model_id):
                continue
            chance, whom = self._draws.random(2)
            heirs = [
                int(each)
                for each in np.flatnonzero(market.population.is_here)
                if not self.calls_left(int(each), model_id)
            ]
            if chance >= market.scenario.population.users.handing_on or not heirs:
                continue
            heir = market.users[heirs[int(whom * len(heirs))]]
            giver, credit_id = market.users[row], held.credit_id
            receipt = yield giver.call(
                CREDITS, "transfer_from", giver.address, heir.address, credit_id
            )
            if receipt.ok:
                held.credit_id = 0
                theirs = self._held.setdefault((heir.row, model_id), Held())
                theirs.credit_id = credit_id
                yield heir.call("access", "present", model_id, theirs.claim())

    def lapsed(self, model_id: int) -> list[tuple[str, int]]:
        """Return the tokens of a model whose unused calls nobody can settle any more."""
        protocol = self._market.scenario.protocol
        done: list[tuple[str, int]] = []
        for issued in list(self.issued):
            contract, token_id, model = issued
            if model != model_id:
                continue
            prepaid = self._prepaid(contract, token_id)
            last = prepaid.expires_at // protocol.epoch + protocol.settlement_window
            if self._market.epoch > last:
                if prepaid.calls_left:
                    done.append((contract, token_id))
                if contract == CREDITS:
                    self.issued.remove(issued)
        return done

    def _terms(self, model_id: int, price: int) -> Terms:
        view = self._market.view
        subscription = view(SUBSCRIPTIONS, "offer_of", model_id)
        credit = view(CREDITS, "offer_of", model_id)
        return Terms(
            price=tokens(price),
            period_cost=tokens(subscription.calls * subscription.call_price) or np.inf,
            period_calls=subscription.calls,
            period_days=subscription.period_seconds / DAY,
            credit_price=tokens(credit.call_price) if credit.valid_seconds else np.inf,
            valid_days=credit.valid_seconds / DAY,
            # Nobody pays more for a call that somebody did not use than the model's owner asks.
            salvage=min(self._market.leasing.salvage(), tokens(subscription.call_price)),
        )

    def _prepaid(self, contract: str, token_id: int) -> Any:
        return self._market.view(contract, "prepaid_of", token_id)
