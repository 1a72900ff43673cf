"""The store's model: who may set what, and what a refused call leaves behind."""

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from protocol.errors import OnlyTimelock
from protocol.money import MAX_UINT256
from protocol.parameter_store import ParameterOutOfBounds, ParameterSet, UnknownParameter
from protocol.parameters import BY_NAME, GOVERNED, resolve
from protocol.types import Log, Receipt
from protocol.world import World

pytestmark = pytest.mark.parametrize("machine", ["model"], indirect=True)

FEE = BY_NAME["protocolFeeBps"]
UNKNOWN = b"noSuchParameter".ljust(32, b"\0")


@pytest.fixture
def timelock(machine):
    return machine.addresses["timelock"]


def store(machine, sender, key, value):
    return machine.call("parameter_store", "set", key, value, sender=sender)


def test_every_governed_parameter_starts_at_its_value_and_bounds(machine):
    values = machine.deployment.values
    for parameter in GOVERNED:
        assert machine.view("parameter_store", "get", parameter.key) == values[parameter.name]
        assert machine.view("parameter_store", "bounds", parameter.key) == (
            parameter.lower,
            parameter.upper,
        )


def test_numbers_fixed_at_deployment_are_not_in_the_store(machine):
    fixed = BY_NAME["epochSeconds"].key

    assert machine.view("parameter_store", "get", fixed) == UnknownParameter(key=fixed)
    assert machine.view("parameter_store", "bounds", fixed) == UnknownParameter(key=fixed)


def test_only_the_timelock_sets(machine, timelock, intruder):
    refused = store(machine, intruder, UNKNOWN, FEE.upper + 1)
    done = store(machine, timelock, FEE.key, FEE.upper)

    assert refused == Receipt(refusal=OnlyTimelock(caller=intruder))
    announced = ParameterSet(key=FEE.key, previous=FEE.default, value=FEE.upper)
    assert done == Receipt(events=(Log("parameter_store", announced),))
    assert machine.view("parameter_store", "get", FEE.key) == FEE.upper


def test_an_unknown_name_is_refused(machine, timelock):
    assert store(machine, timelock, UNKNOWN, 0).refusal == UnknownParameter(key=UNKNOWN)


@pytest.mark.parametrize("parameter", GOVERNED, ids=lambda parameter: parameter.name)
def test_both_bounds_are_allowed_and_what_lies_beyond_is_not(machine, timelock, parameter):
    for allowed in (parameter.lower, parameter.upper):
        assert store(machine, timelock, parameter.key, allowed).ok
    for beyond in {parameter.lower - 1, parameter.upper + 1, MAX_UINT256} - {-1}:
        assert store(machine, timelock, parameter.key, beyond).refusal == ParameterOutOfBounds(
            parameter.key, beyond, parameter.lower, parameter.upper
        )


def test_a_first_value_out_of_bounds_deploys_nothing(machine):
    values = resolve({}) | {"protocolFeeBps": FEE.upper + 1}
    broken = type(machine.deployment)(values, machine.deployment.genesis_timestamp)

    with pytest.raises(ParameterOutOfBounds) as refused:
        World(broken, lambda *_: False)

    assert refused.value == ParameterOutOfBounds(FEE.key, FEE.upper + 1, FEE.lower, FEE.upper)


# One machine serves all examples: each compares what was before with what is after.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parameter=strategies.sampled_from(GOVERNED),
    value=strategies.integers(0, MAX_UINT256) | strategies.integers(0, 20_000),
    sender=strategies.sampled_from(["timelock", "governor"]),
)
def test_a_value_changes_if_and_only_if_the_call_is_allowed(machine, parameter, value, sender):
    before = machine.executor.digest()
    receipt = store(machine, machine.addresses[sender], parameter.key, value)

    assert receipt.ok == (sender == "timelock" and parameter.lower <= value <= parameter.upper)
    if receipt.ok:
        assert machine.view("parameter_store", "get", parameter.key) == value
    else:
        assert machine.executor.digest() == before
