"""Registry, licences and lineage under calls that nobody chose."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.licences import ALL_CLASSES, Terms
from protocol.lineage import MAXIMUM_DEPTH, Parent
from protocol.model_registry_terms import Registration
from protocol.types import ZERO_ADDRESS, Address, Call, Context
from protocol.world import World

OWNERS = tuple(Address(f"0x{number:040x}") for number in (1, 2, 3))
SENDERS = st.sampled_from(OWNERS)
ACCOUNTS = st.sampled_from([ZERO_ADDRESS, *OWNERS])
NUMBERS = st.sampled_from([0, 1, 2, 3, 2**256 - 1])
VERSIONS = st.sampled_from([0, 1, 2, 2**32 - 1])
HASHES = st.sampled_from([bytes([number]) * 32 for number in range(40)])
SHARES_BPS = st.sampled_from([0, 1, 300, 500, 5_000, 10_000, 65_535])
TERMS = st.builds(
    Terms,
    commercial_use=st.booleans(),
    derivatives=st.integers(0, 3),
    minimum_royalty_bps=SHARES_BPS,
    attribution=st.booleans(),
    territories=st.just(ALL_CLASSES),
    use_cases=st.just(0),
)
REGISTRATIONS = st.builds(
    Registration,
    metadata_uri=st.text(max_size=3),
    weights_hash=HASHES,
    storage_uri=st.just("u"),
    architecture=st.just("a"),
    parameter_count=st.sampled_from([0, 2**64 - 1]),
    licence_id=st.sampled_from([0, 1, 1, 1, 2, 3]),
    resale_royalty_bps=st.sampled_from([0, 1_000, 1_001]),
    contributors=st.sampled_from([OWNERS[:1], OWNERS[:1], OWNERS[:2], OWNERS[:1] * 2]),
    shares_bps=st.sampled_from([(10_000,), (10_000,), (5_000, 5_000), (65_535, 1)]),
)
PARENTS = st.builds(Parent, model_id=NUMBERS, version=VERSIONS, royalty_bps=SHARES_BPS)


def calls_of(contract, function, *arguments):
    return st.tuples(st.just(contract), st.just(function), st.tuples(*arguments), SENDERS)


ANY_CALLS = st.one_of(
    calls_of("licences", "create", TERMS),
    calls_of("model_registry", "register", REGISTRATIONS),
    calls_of("model_registry", "register_for", ACCOUNTS, REGISTRATIONS),
    calls_of(
        "model_registry",
        "publish_version",
        NUMBERS,
        VERSIONS,
        HASHES,
        st.just(""),
        st.just(""),
        st.just(0),
        NUMBERS,
    ),
    calls_of("model_registry", "deprecate_version", NUMBERS, VERSIONS),
    calls_of("model_registry", "approve", ACCOUNTS, NUMBERS),
    calls_of("model_registry", "set_approval_for_all", ACCOUNTS, st.booleans()),
    calls_of("model_registry", "transfer_from", ACCOUNTS, ACCOUNTS, NUMBERS),
    calls_of("lineage", "fork", PARENTS, REGISTRATIONS),
    calls_of("lineage", "approve_child", NUMBERS),
)


def new_world(deployment, is_valid_proof) -> World:
    """A world with one licence, under which anything may be forked."""
    world = World(deployment, is_valid_proof)
    free = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    assert execute(world, "licences", "create", (free,), OWNERS[0]).ok
    return world


def execute(world, contract, function, arguments, sender):
    now = world.deployment.genesis_timestamp
    return world.execute(Call(contract, function, arguments, sender, now))


@given(calls=st.lists(ANY_CALLS, max_size=12))
def test_a_refused_call_changes_nothing_and_balances_count_the_models(
    deployment, is_valid_proof, calls
):
    world = new_world(deployment, is_valid_proof)

    for contract, function, arguments, sender in calls:
        before = world.digest()
        receipt = execute(world, contract, function, arguments, sender)
        assert receipt.ok or (world.digest() == before and receipt.events == ())

    ctx = Context(OWNERS[0], 0, deployment.genesis_timestamp)
    registry = world.model_registry
    owners = [registry.owner_of(ctx, number) for number in range(1, registry.count(ctx) + 1)]
    for account in OWNERS:
        assert registry.balance_of(ctx, account) == owners.count(account)


@given(births=st.lists(st.tuples(st.booleans(), st.integers(0, 10**6)), min_size=1, max_size=39))
def test_a_lineage_is_acyclic_within_its_limits_and_names_each_ancestor_once(
    deployment, is_valid_proof, births
):
    world = new_world(deployment, is_valid_proof)
    ctx = Context(OWNERS[0], 0, deployment.genesis_timestamp)
    parents: dict[int, int] = {}

    for number, (is_root, choice) in enumerate(births):
        born = world.model_registry.count(ctx)
        model = Registration("m", bytes([number]) * 32, "u", "a", 1, 1, 0, OWNERS[:1], (10_000,))
        if is_root or born == 0:
            assert execute(world, "model_registry", "register", (model,), OWNERS[0]).ok
            continue
        # Every third choice forks the newest, so that some lineages grow deep.
        parent_id = born if choice % 3 else choice % born + 1
        arguments = (Parent(parent_id, 1, 500), model)
        receipt = execute(world, "lineage", "fork", arguments, OWNERS[0])
        assert receipt.ok is (world.lineage.depth_of(ctx, parent_id) < MAXIMUM_DEPTH)
        if receipt.ok:
            parents[receipt.value] = parent_id

    for model_id in range(1, world.model_registry.count(ctx) + 1):
        expected = []
        ancestor = parents.get(model_id)
        while ancestor is not None:
            expected.append(ancestor)
            ancestor = parents.get(ancestor)
        assert world.lineage.ancestors_of(ctx, model_id) == tuple(expected)
        assert world.lineage.depth_of(ctx, model_id) == len(expected) <= MAXIMUM_DEPTH
        assert len(set(expected)) == len(expected)
        assert all(ancestor < model_id for ancestor in expected)
        assert len(world.lineage.parents_of(ctx, model_id)) == (model_id in parents)
