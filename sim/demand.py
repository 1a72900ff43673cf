"""Where users meet hosts: who takes which offer, opens a session, and asks for how many calls."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from protocol.money import WAD
from sim.agents.paths import Integers
from sim.agents.population import NO_CHOICE, Offers
from sim.agents.user import User
from sim.catalogue import Listing
from sim.paying import Ways
from sim.service import OpenChannel, OpenSession, Request
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market


class Demand:
    """The users' side of a tick."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        users = market.scenario.population.users.count
        self.sessions: list[OpenSession | OpenChannel | None] = [None] * users
        """What each user calls by: a session at the Gateway, a payment channel, or nothing."""
        self._prices: dict[int, int] = {}
        self._active_hosts: set[str] = set()
        self._without = ["NothingOnOffer"] * users
        self._requests = [stream(market.seed, f"user-{user}/requests") for user in range(users)]
        self.asked = 0
        self.left: dict[int, int] = {}
        self.spent = [0] * users
        self.served = [0] * users

    def budget(self, user: int) -> int:
        """Return what a user starts with, in base units."""
        # In whole millionths of a token: what float arithmetic may differ in between machines is
        # cut off.
        return int(self._market.population.budget[user] * 10**6) * (WAD // 10**6)

    def meet(self) -> None:
        """Let users leave, choose, open sessions and call; let hosts serve."""
        market = self._market
        for user in market.population.leave(market.tick):
            self._end(int(user))
            if market.prepaying.is_offered:
                market.perform(market.users[user], market.prepaying.hand_on(int(user)))
            market.perform(market.users[user], market.gating.leave(market.users[user]))
            self.left[int(user)] = market.tick
        market.licensing.withdraw_consents()
        newest = market.catalogue.newest()
        # A tariff set now holds from the next epoch on, so a price stands for the whole tick.
        self._prices = {each.model_id: market.shelf.price_of(each.model_id) for each in newest}
        self._active_hosts = {host.address for host in market.hosts if host.is_active()}
        listings = [each for each in newest if self._is_on_offer(each)]
        offers = self._offers(listings)
        wanted = market.population.wanted(market.tick)
        self.asked = int(wanted.sum())
        self._choose(wanted, listings, offers)
        self._serve(wanted)

    def forget(self, opened: OpenSession | OpenChannel) -> None:
        """Drop a session or channel that was closed."""
        if self.sessions[opened.user] is opened:
            self.sessions[opened.user] = None

    def _is_on_offer(self, listing: Listing) -> bool:
        # A model without a registered circuit could not be checked; none is sold in the tick of
        # its birth.
        market = self._market
        return (
            market.shelf.listed_at(listing) < market.tick
            and market.view("lineage", "is_active", listing.model_id)
            and market.view("model_registry", "is_servable", listing.model_id, listing.version)
        )

    def _offers(self, listings: list[Listing]) -> Offers:
        market = self._market
        prices = [self._prices[listing.model_id] for listing in listings]
        active = [host.address in self._active_hosts for host in market.hosts]
        is_served = np.zeros((len(listings), len(market.hosts)), dtype=np.bool_)
        for row, (listing, price) in enumerate(zip(listings, prices, strict=True)):
            fee = market.view("pricing", "tariff_of", listing.model_id).host_fee_bps
            for column, host in enumerate(market.hosts):
                has_weights = market.storing.can_read(listing, host.address)
                is_served[row, column] = active[column] and has_weights and host.serves(price, fee)
        return Offers(
            model_ids=tuple(listing.model_id for listing in listings),
            accuracy=np.array([listing.accuracy for listing in listings]),
            price=np.array([price / WAD for price in prices]),
            token_price=market.shocks.token_price(market.tick),
            latency=np.array([host.latency for host in market.hosts]),
            is_served=is_served,
            is_open=np.array(
                [market.shelf.allows_commerce(listing) for listing in listings], dtype=np.bool_
            ),
            conditions=market.licensing.conditions(listings),
            is_on_record=np.array(
                [market.shelf.is_on_record(listing) for listing in listings], dtype=np.bool_
            ),
        )

    def _choose(self, wanted: Integers, listings: list[Listing], offers: Offers) -> None:
        market = self._market
        has_session = np.zeros(len(wanted), dtype=np.bool_)
        for user in np.flatnonzero(wanted).tolist():
            has_session[user] = self._is_usable(self.sessions[user])
        choosers = market.population.who_chooses(market.tick, has_session)
        if not listings or not len(choosers):
            return
        prices = [self._prices[listing.model_id] for listing in listings]
        ways = Ways(market, choosers, listings, prices)
        offers = replace(offers, ratio=ways.ratio())
        models, hosts = market.population.choose(market.tick, choosers, offers)
        for row, (user, model, host) in enumerate(
            zip(choosers.tolist(), models.tolist(), hosts.tolist(), strict=True)
        ):
            agent = market.users[user]
            if model == NO_CHOICE:
                market.gating.note(user, None)
                self._end(user)
                self._without[user] = "PrefersToStayOut"
                continue
            market.gating.note(user, listings[model].model_id)
            is_new = not self._stays(user, listings[model], host)
            if is_new:
                self._end(user)
            market.perform(agent, ways.prepare(agent, row, model, is_new=is_new))
            if is_new:
                self._open(agent, listings[model], host, prices[model], int(wanted[user]))

    def _is_usable(self, opened: OpenSession | OpenChannel | None) -> bool:
        """Whether a session or a channel can still pay for a typical call at today's price."""
        market = self._market
        if isinstance(opened, OpenChannel):
            return market.channelling.is_usable(opened) and opened.host in self._active_hosts
        if opened is None or opened.is_ending or market.now > opened.session.expires_at:
            return False
        if not market.licensing.admits(opened):
            return False
        price = market.shelf.own_price_of(opened.session.model_id)
        left = opened.session.maximum_total - opened.spent
        return (
            price <= min(left, opened.session.maximum_price)
            and opened.session.host in self._active_hosts
        )

    def _stays(self, user: int, listing: Listing, host: int) -> bool:
        opened = self.sessions[user]
        if opened is None or not self._is_usable(opened):
            return False
        return opened.listing is listing and opened.host == self._market.hosts[host].address

    def _end(self, user: int) -> None:
        """Tell the host that it is over: it settles or claims what it served, and closes."""
        opened = self.sessions[user]
        if opened is not None:
            opened.is_ending = True
            self.sessions[user] = None

    def _open(self, user: User, listing: Listing, host: int, price: int, wanted: int) -> None:
        licensing = self._market.licensing
        if self._opens_channel(user, listing, host, price, wanted):
            return
        if licensing.is_busy(user, listing):
            self._without[user.row] = "EarlierSessionOpen"
            return
        if licensing.lacks(user.row, listing):
            if licensing.tries_first(user.row):
                self._sign(user, listing, host, price, wanted)
            if not licensing.qualify(user, listing):
                self._without[user.row] = "WalletEmpty"
                return
        self._sign(user, listing, host, price, wanted)

    def _opens_channel(
        self, user: User, listing: Listing, host: int, price: int, wanted: int
    ) -> bool:
        """Whether a user calls by a payment channel now; else it has its money in MNFT."""
        market, server = self._market, self._market.hosts[host]
        channelling = market.channelling
        if not channelling.is_used:
            return False
        deal = channelling.deal(user, listing, server, price)
        opened = None
        if deal is not None:
            opening = channelling.open(user, listing, server, deal, wanted)
            opened = self.sessions[user.row] = market.perform(user, opening)
        if opened is None:
            market.perform(user, channelling.exchange.cash(user))
        return opened is not None

    def _sign(self, user: User, listing: Listing, host: int, price: int, wanted: int) -> None:
        market = self._market
        if market.currencies.is_used:
            price = market.shelf.own_price_of(listing.model_id)
        signed = market.perform(
            user, user.subscribe(listing, market.hosts[host].address, price, wanted)
        )
        if signed is None:
            self._without[user.row] = "WalletEmpty"
            return
        server = market.hosts[host]
        self.sessions[user.row] = market.perform(server, server.admit(signed, user.row, listing))
        self._without[user.row] = "SessionRefused"

    def _serve(self, wanted: Integers) -> None:
        market = self._market
        by_host: dict[str, list[Request]] = {host.address: [] for host in market.hosts}
        for user in np.flatnonzero(wanted).tolist():
            opened = self.sessions[user]
            if opened is not None and self._is_usable(opened):
                by_host[opened.host].append(self._request(opened, int(wanted[user])))
            else:
                market.tally.refuse(self._without[user], int(wanted[user]))
        for host in market.hosts:
            host.serve(by_host[host.address])

    def _send_malformed(self, opened: OpenSession | OpenChannel, calls: int) -> int:
        """Send inputs that no circuit takes; return how many the host refused."""
        if not calls:
            return 0
        host = self._market.host_of(opened)
        brightest = self._market.workshop.inputs.inputs[0] * 1_000
        refused = 0 if host.admits(brightest.tolist()) else calls
        self._market.tally.refuse("InputOutOfBounds", refused)
        return refused

    def _request(self, opened: OpenSession | OpenChannel, calls: int) -> Request:
        """Draw which images a user sends, and how long its prompts and answers are."""
        market, rng = self._market, self._requests[opened.user]
        workload = market.scenario.workload
        malformed = int(rng.binomial(calls, market.scenario.population.users.malformed))
        calls -= self._send_malformed(opened, malformed)
        domain = workload.domains[market.population.domain[opened.user]]
        pool = market.workshop.inputs.rows(domain.name)[: workload.request_pool]
        spread = workload.input_tokens_sigma * rng.standard_normal(calls)
        return Request(
            opened,
            rows=pool[rng.integers(0, len(pool), calls)].tolist(),
            input_tokens=np.ceil(workload.input_tokens * np.exp(spread)).astype(int).tolist(),
            output_tokens=np.ceil(rng.exponential(workload.output_tokens, calls))
            .astype(int)
            .tolist(),
        )
