"""
The tables of parts of the protocol that a scenario need not use; amounts in base units.

One is written where somebody made use of the part, and those of licences where these are strict.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from protocol.access_terms import MODES
from protocol.parameters import DAY
from protocol.types import ZERO_HASH, Address
from sim.agents.bargain import MNFT
from sim.currency_book import STABLE
from sim.ledger import Ledger
from sim.licensing import SENSITIVE, TERRITORIES
from sim.market import Market
from sim.runs.columns import kinds_of_letters

Row = Sequence[Any]
Table = tuple[str, dict[str, str], Iterable[Row]]

_SALES = kinds_of_letters(
    "tick:i model_id:i seller:s buyer:s price:d protocol_fee:d royalty:d royalty_due:d"
)

_ACCESS = kinds_of_letters("model_id:i user:s mode:s calls:i calls_per_day:f")
_DELTAS = kinds_of_letters(
    "model_id:i name:s domain:s stored:s whole_bytes:i delta_bytes:i whole_accuracy:f "
    "delta_accuracy:f"
)
_STORED = kinds_of_letters(
    "model_id:i version:i name:s domain:s stored:s bytes:i paid:d first_tick:i until_tick:f state:s"
)
_LEASES = kinds_of_letters("tick:i model_id:i owner:s tenant:s calls:i rent:d")
_GATES = kinds_of_letters("tick:i model_id:i owner:s right:s discount:f expected:f fee:d")
_WRAPPED = kinds_of_letters(
    "tick:i model_id:i shell_id:i seller:s buyer:s price:d avoided:d outcome:s"
)
_CHANNELS = kinds_of_letters(
    "opened_tick:i closed_tick:i user:s host:s model_id:i currency:s price:d deposit:d spent:d "
    "value:d calls:i wrong:i expected_wrong:f calls_per_day:f"
)
_CURRENCIES = kinds_of_letters("model_id:i owner:s currency:s calls:i paid:d")
_RIGHTS = kinds_of_letters("tick:i model_id:i kind:s seller:s buyer:s units:i amount:d own_worth:d")
_KEYS = kinds_of_letters("tick:i model_id:i name:s version:i asker:s fee:d outcome:s")
_COPIES = kinds_of_letters("tick:i model_id:i name:s original:s accuracy:f paid_by_users:d")
_MERGES = kinds_of_letters("model_id:i parent_id:i parent_version:i royalty_bps:i")
_TRAININGS = kinds_of_letters(
    "model_id:i version:i name:s data:s operations:i traced_versions:i traced_operations:i "
    "log_hash:s"
)
_LICENSING = kinds_of_letters(
    "user:s territory:s sensitive:b attested:b paid_policed:d paid:d served:i expected:f"
)
_CONSENTS = kinds_of_letters("model_id:i given:i withdrawn:i held:i calls_logged:i")


def tables_of_parts(market: Market, ledger: Ledger) -> Iterator[Table]:
    """Yield the name, the columns and the rows of each table of a part that was used."""
    if market.licensing.is_used:
        yield "licensing", _LICENSING, _licensing(market, ledger)
        yield "consents", _CONSENTS, _consents(market, ledger)
    tables: tuple[Table, ...] = (
        ("sales", _SALES, market.resale.sales),
        ("access", _ACCESS, _access(market, ledger)),
        ("leases", _LEASES, market.leasing.let),
        ("wrapped", _WRAPPED, market.resale.wrapping.attempts),
        ("gates", _GATES, market.gating.granted),
        ("rights", _RIGHTS, market.units.sales),
        ("channels", _CHANNELS, _channels(market)),
        ("currencies", _CURRENCIES, _currencies(market, ledger)),
        ("merges", _MERGES, _merges(market)),
        ("deltas", _DELTAS, _deltas(market)),
        ("stored", _STORED, _stored(market)),
        ("keys", _KEYS, _keys(market)),
        ("copies", _COPIES, _copies(market, ledger)),
        ("trainings", _TRAININGS, _trainings(market)),
    )
    for name, kinds, rows in tables:
        if listed := list(rows):
            yield name, kinds, listed


def _access(market: Market, ledger: Ledger) -> Iterable[Row]:
    users = {user.address: user for user in market.users}
    for (model_id, address, mode), calls in sorted(ledger.access.by_user.items()):
        user = users.get(Address(address))
        name, activity = (user.name, user.calls_per_day) if user else (address, 0.0)
        yield model_id, name, MODES[mode], calls, activity


def _channels(market: Market) -> Iterable[Row]:
    channelling = market.channelling
    for each in (*channelling.closed, *channelling.running.values()):
        user = market.users[each.user]
        yield (
            each.opened_tick,
            each.closed_tick,
            user.name,
            market.host_of(each).name,
            each.listing.model_id,
            each.currency,
            each.price,
            each.deposit,
            each.spent,
            each.value,
            each.calls,
            each.wrong,
            channelling.distrust[user.row],
            user.calls_per_day,
        )


def _currencies(market: Market, ledger: Ledger) -> Iterable[Row]:
    """Yield what each model was paid, in its own currency's units; none where all is in MNFT."""
    if not market.currencies.is_used:
        return
    for listing in market.catalogue.newest():
        model_id, currency = listing.model_id, market.currencies.of(listing.model_id)
        in_mnft = ledger.model_paid[model_id]
        paid = in_mnft if currency == MNFT else ledger.currencies.model_paid[STABLE, model_id]
        yield model_id, listing.owner, currency, market.tally.calls_by_model[model_id], paid


def _merges(market: Market) -> Iterable[Row]:
    for listing in market.catalogue.newest():
        parents = market.view("lineage", "parents_of", listing.model_id)
        if len(parents) > 1:
            for parent in parents:
                yield (listing.model_id, *parent)


def _deltas(market: Market) -> Iterable[Row]:
    """Yield what forks save by a delta, and what accuracy it costs them, where one was tried."""
    for listing in market.catalogue.all_versions():
        published, trial = listing.published, listing.published.delta
        if trial is not None:
            yield (
                listing.model_id,
                f"{listing.owner}/{listing.model_id}",
                published.domain,
                published.stored.form,
                published.size_bytes,
                trial.size_bytes,
                trial.whole_accuracy,
                trial.accuracy,
            )


def _stored(market: Market) -> Iterable[Row]:
    """Yield the files that were to be kept for money, and whether they still are."""
    for held in market.storing.pinned.values():
        listing, stored = held.listing, held.listing.published.stored
        ticks_left = (held.until - market.now) / market.scenario.tick
        yield (
            listing.model_id,
            listing.version,
            f"{listing.owner}/{listing.model_id}",
            market.workshop.domains[listing.domain].name,
            stored.form,
            stored.size_bytes,
            held.paid,
            held.first_tick,
            market.tick + ticks_left,
            held.state,
        )


def _keys(market: Market) -> Iterable[Row]:
    """Yield the requests for keys of sealed weights, and what came of them."""
    for asked in market.keys.requests:
        held, listing = market.keys.status(asked.request_id), asked.listing
        yield (
            asked.tick,
            listing.model_id,
            f"{listing.owner}/{listing.model_id}",
            listing.version,
            asked.asker,
            held.fee,
            "released" if held.wrapped_key != ZERO_HASH else "not released",
        )


def _copies(market: Market, ledger: Ledger) -> Iterable[Row]:
    """Yield whose weights were copied, and what users paid for the copies."""
    for copier in market.copiers:
        for model_id, original in copier.originals.items():
            copy = market.copies()[model_id]
            yield (
                market.shelf.listed_at(copy),
                model_id,
                f"{copier.name}/{model_id}",
                f"{original.owner}/{original.model_id}",
                copy.published.accuracy,
                ledger.model_paid[model_id],
            )


def _trainings(market: Market) -> Iterable[Row]:
    for listing in market.catalogue.all_versions():
        version = listing.model_id, listing.version
        if not market.shelf.has_record(listing):
            continue
        steps, _complete = market.view("dataset_registry", "trace_of", *version)
        yield (
            *version,
            f"{listing.owner}/{listing.model_id}",
            market.workshop.domains[listing.log.domain].name,
            steps[0].operations,
            len(steps),
            sum(step.operations for step in steps),
            "0x" + steps[0].log_hash.hex(),
        )


def _licensing(market: Market, ledger: Ledger) -> Iterable[Row]:
    """Yield who users are to strict licences, and what they paid for models under a policy."""
    licensing, book = market.licensing, ledger.policies
    for user in market.users:
        territory, use_case = licensing.use_of(user.row)
        yield (
            user.name,
            TERRITORIES[territory],
            use_case == SENSITIVE,
            bool(licensing.attested_until[user.row]),
            book.paid_by(user.address),
            market.demand.spent[user.row],
            market.demand.served[user.row],
            user.calls_per_day * market.scenario.ticks * market.scenario.tick / DAY,
        )


def _consents(market: Market, ledger: Ledger) -> Iterable[Row]:
    book = ledger.policies
    for listing in market.catalogue.newest():
        model = listing.model_id
        if book.is_policed(model):
            held = book.given[model] - book.withdrawn[model]
            yield model, book.given[model], book.withdrawn[model], held, book.logged[model]
