"""The engines agree with each other: outcome, revert data, events, gas, state root."""

import pytest

from protocol.contract import Observation
from protocol.deployment import ORDER
from protocol.money import WAD
from protocol.types import Address, Call
from protocol.world import World
from sim.chain.deployment import blueprints
from sim.chain.pyevm import PyEvmEngine
from sim.chain.revm import RevmEngine
from sim.chain.tester import EthTesterEngine, market
from sim.streams import stream

ENGINES = (PyEvmEngine, RevmEngine, EthTesterEngine)
TOKEN = "settlement_token"
DAY = 86_400


@pytest.fixture(scope="module")
def engines(deployment):
    parts = blueprints(deployment)
    made = [kind() for kind in ENGINES]
    for engine in made:
        engine.deploy(deployment, parts)
    return made


def accounts(count):
    return [Address(f"0x{number:040x}") for number in range(0xA000, 0xA000 + count)]


def walk(deployment, steps):
    """Yield calls of every weight: transfers, stakes, refusals, checkpoints, over some days."""
    draw = stream(7, "engines")
    people, now = accounts(6), deployment.genesis_timestamp
    staking = deployment.addresses["staking"]
    for person in people:
        yield Call(TOKEN, "transfer", (person, 5_000 * WAD), deployment.deployer, now)
    for step in range(steps):
        now += DAY // 4 if step % 5 == 0 else 0
        sender, other = (people[each] for each in draw.integers(0, len(people), 2))
        amount = int(draw.integers(0, 6_000)) * WAD
        role = int(draw.integers(0, 3))
        contract, function, arguments = (
            (TOKEN, "transfer", (other, amount)),
            (TOKEN, "approve", (staking, amount)),
            (TOKEN, "delegate", (other,)),
            (TOKEN, "burn", (amount,)),
            ("staking", "stake", (role, amount)),
            ("staking", "unbond", (role, amount)),
            ("staking", "withdraw", (role,)),
            ("licences", "create", ((True, role, 500, True, 2**256 - 1, step),)),
            ("parameter_store", "set", (bytes(32), amount)),
            ("timelock", "get_timestamp", (bytes(32),)),
            ("pricing", "poke", (step,)),
        )[int(draw.integers(0, 11))]
        yield Call(contract, function, arguments, sender, now)


def test_every_engine_gives_the_models_receipts_and_the_same_gas(
    deployment, engines, is_valid_proof
):
    world = World(deployment, is_valid_proof)
    refused = 0
    for call in walk(deployment, 150):
        model = world.execute(call)
        receipts = [engine.execute(call) for engine in engines]
        assert [model] * len(receipts) == receipts, call
        assert len({receipt.gas for receipt in receipts}) == 1, call
        refused += not model.ok
    assert 20 < refused < 120
    assert engines[0].state_root() == engines[2].state_root()


def test_every_engine_creates_every_contract_where_the_model_expects_it(deployment, engines):
    for engine in engines:
        assert dict(engine.codec.addresses) == dict(deployment.addresses)
        assert tuple(engine.codec.addresses) == ORDER


def test_every_engine_answers_every_view_alike(deployment, engines, is_valid_proof):
    world = World(deployment, is_valid_proof)
    now = deployment.genesis_timestamp
    for observation in world.observations(touched_only=False):
        answers = [engine.view(observation, now) for engine in engines]
        assert answers.count(answers[0]) == len(engines), observation
        assert len({answer.gas for answer in answers}) == 1, observation


def test_web3_talks_to_the_simulated_market(deployment):
    engine = EthTesterEngine()
    engine.deploy(deployment)
    holder, payee = accounts(2)
    for recipient, amount in ((holder, 7), (payee, 5)):
        sent = Call(TOKEN, "transfer", (recipient, amount), deployment.deployer, engine.timestamp)
        assert engine.execute(sent).ok
    w3, contracts = market(engine, deployment)
    token = contracts[TOKEN]
    assert w3.eth.chain_id == deployment.chain_id
    assert token.functions.name().call() == "Model NFT Token"
    assert token.functions.balanceOf(w3.to_checksum_address(holder)).call() == 7
    events = token.events.Transfer().get_logs(from_block=0)
    assert [each.args.value for each in events[-2:]] == [7, 5]

    # Anybody acts, unsigned and for free, and the block says who it was.
    sender = w3.to_checksum_address(holder)
    transaction = token.functions.transfer(w3.to_checksum_address(payee), 3).transact(
        {"from": sender}
    )
    receipt = w3.eth.get_transaction_receipt(transaction)
    assert receipt["status"] == 1
    assert receipt["from"] == w3.eth.get_transaction(transaction)["from"] == sender
    assert token.functions.balanceOf(w3.to_checksum_address(payee)).call() == 8
    seen = engine.view(Observation(TOKEN, "balance_of", (payee,)), engine.timestamp)
    assert seen.value == 8
