"""What the sample contracts do when somebody calls them with their own interest in mind."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from protocol.deployment import Deployment
from protocol.hashing import create_address, keccak, words
from protocol.parameters import DAY
from protocol.types import ZERO_ADDRESS, Address
from sim.accounts import Account, account
from sim.chain.abi import compile_list
from sim.chain.deployment import Blueprint
from sim.chain.engine import Engine
from sim.chain.names import python_name
from tests.naive.recorder import Recorder

HERE = Path(__file__).parent
COIN = 10**18
PRICE_PER_MEGAPIXEL = COIN // 100
PEOPLE = ("alice", "bob", "carol", "mallory", "judge")


class PricingConfig(NamedTuple):
    base_price_per_call: int = 0
    price_per_input_token: int = 0
    price_per_output_token: int = 0
    price_per_megapixel: int = 0
    currency: int = 0
    creator_share_bps: int = 0
    platform_share_bps: int = 0


class AccessPolicy(NamedTuple):
    required_nft: str
    nft_holder_monthly_call_limit: int
    required_stake: int = 0
    stake_token: str = ZERO_ADDRESS
    calls_per_stake_unit: int = 0


class ModelListing(NamedTuple):
    token_id: int
    seller: str
    price: int
    for_lease: bool = False
    lease_duration: int = 0
    lease_price: int = 0
    specializations: tuple[str, ...] = ()
    performance: int = 0


def person(name: str) -> Account:
    return account(7, name)


class Samples:
    """The sample contracts in an engine, and who calls them."""

    def __init__(self, engine: Engine, deployment: Deployment) -> None:
        self.engine = engine
        addresses: dict[str, Address] = {}
        parts = []
        judge = person("judge").address
        for nonce, (name, needs) in enumerate(
            {
                "InferencePricing": (),
                "AIModelRegistry": (),
                "ModelDerivativeGraph": ("AIModelRegistry",),
                "ModelNFT": (),
                "AIModelMarketplace": ("ModelNFT",),
                "TrainingRewards": ("ModelNFT", "judge"),
            }.items()
        ):
            addresses[name] = create_address(deployment.deployer, nonce)
            arguments = [judge if need == "judge" else addresses[need] for need in needs]
            parts.append(_blueprint(name, addresses[name], arguments))
        engine.deploy(deployment, parts)
        self._roles = {name: person(name).address for name in PEOPLE} | addresses
        self.begin(deployment)

    def begin(self, deployment: Deployment) -> "Samples":
        """Begin a new trace."""
        self.trace = Recorder(self.engine, self._roles, deployment.genesis_timestamp)
        self.call, self.quietly = self.trace.call, self.trace.quietly
        return self

    def coin_of(self, who: str) -> int:
        """Return the coin that somebody holds."""
        return self.engine.balance(Address(self.trace.address[who]))


def _blueprint(name: str, address: Address, arguments: list[Any]) -> Blueprint:
    compiled = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    inputs = next((each["inputs"] for each in compiled["abi"] if each["type"] == "constructor"), [])
    code = bytes.fromhex(compiled["bytecode"][2:]) + compile_list(inputs).encode(arguments)
    return Blueprint(python_name(name), address, tuple(compiled["abi"]), code, (), ())


def megapixels(samples: Samples) -> list[int]:
    """An image costs as many whole megapixels as it has: below the first one nothing."""
    config = PricingConfig(price_per_megapixel=PRICE_PER_MEGAPIXEL)
    samples.call("alice", "InferencePricing", "setPricing", 1, config)
    sizes = ((1_000, 1_000), (999, 1_000), (1_999, 1_000))
    return [
        samples.call("mallory", "InferencePricing", "estimateCallCost", 1, 0, 0, *size).value
        for size in sizes
    ]


def gate(samples: Samples) -> list[int]:
    """Who holds the token calls as often as it likes, and hands the token on."""
    samples.quietly(
        "alice", "AIModelRegistry", "registerModel", keccak(b"weights"), "ar://w", 9, "mlp"
    )
    nft = samples.trace.address["ModelNFT"]
    samples.call("alice", "AIModelRegistry", "setAccessPolicy", 1, AccessPolicy(nft, 2))
    mallory, bob = samples.trace.address["mallory"], samples.trace.address["bob"]
    token = samples.quietly("mallory", "ModelNFT", "mintModel", mallory, keccak(b"any"))
    left = [samples.call("mallory", "AIModelRegistry", "admit", 1, mallory).value for _ in range(4)]
    samples.call("mallory", "ModelNFT", "transferFrom", mallory, bob, token)
    return [*left, samples.call("bob", "AIModelRegistry", "admit", 1, bob).value]


def listing(samples: Samples) -> dict[str, Any]:
    """A listing outlives its sale: who buys the model back sells it at the old price again."""
    alice, bob = (samples.trace.address[name] for name in ("alice", "bob"))
    market = samples.trace.address["AIModelMarketplace"]
    token = samples.quietly("alice", "ModelNFT", "mintModel", alice, keccak(b"first"))
    samples.call("alice", "ModelNFT", "setApprovalForAll", market, True)
    old = ModelListing(token, alice, COIN)
    samples.call("alice", "AIModelMarketplace", "listModel", old)
    samples.call("bob", "AIModelMarketplace", "buyModel", token, value=COIN)
    samples.trace.wait(400 * DAY)
    samples.call("bob", "ModelNFT", "transferFrom", bob, alice, token)
    samples.call("mallory", "AIModelMarketplace", "buyModel", token, value=COIN)
    owner = samples.call("mallory", "ModelNFT", "ownerOf", token).value
    return {"owner": owner, "paid": COIN}


def lease(samples: Samples) -> dict[str, Any]:
    """A second lease takes the place of the first, and nobody ever gets what both paid."""
    alice = samples.trace.address["alice"]
    token = samples.quietly("alice", "ModelNFT", "mintModel", alice, keccak(b"leased"))
    offer = ModelListing(token, alice, 0, for_lease=True, lease_price=COIN // 1_000)
    samples.call("alice", "AIModelMarketplace", "listModel", offer)
    market, before = "AIModelMarketplace", samples.coin_of("AIModelMarketplace")
    samples.call("bob", market, "leaseModel", token, 30_000, value=30 * COIN)
    samples.call("mallory", market, "leaseModel", token, 1, value=COIN // 1_000)
    lessee = samples.call("bob", market, "leases", token).value[0]
    kept = samples.trace.say("coin in the marketplace", samples.coin_of(market) - before)
    got = samples.trace.say("coin of alice, who let it", samples.coin_of("alice"))
    return {"lessee": lessee, "kept": kept, "got": got}


def refund(samples: Samples) -> dict[str, int]:
    """Whoever sends more than the price has paid more than the price, or paid nobody at all."""
    alice = samples.trace.address["alice"]
    bob = samples.trace.address["bob"]
    token = samples.quietly("alice", "ModelNFT", "mintModel", alice, keccak(b"second"))
    samples.quietly(
        "alice", "ModelNFT", "setApprovalForAll", samples.trace.address["AIModelMarketplace"], True
    )
    samples.quietly("alice", "AIModelRegistry", "registerModel", keccak(b"w"), "ar://w", 9, "mlp")
    samples.call("alice", "AIModelMarketplace", "listModel", ModelListing(token, alice, COIN))
    samples.call("bob", "AIModelMarketplace", "buyModel", token, value=5 * COIN)
    got = samples.trace.say("coin of alice, who asked for 1e18", samples.coin_of("alice"))
    samples.call(
        "bob", "AIModelRegistry", "mintInferenceAccess", 1, 10, DAY, False, bob, value=COIN
    )
    kept = samples.trace.say(
        "coin in the registry, which no function pays out", samples.coin_of("AIModelRegistry")
    )
    return {"got": got, "kept": kept}


def rewards(samples: Samples) -> dict[str, int]:
    """One judged training of somebody else's model empties the fund."""
    samples.quietly("alice", "ModelNFT", "mintModel", samples.trace.address["alice"], keccak(b"a"))
    samples.call("judge", "TrainingRewards", "fund", value=COIN // 100)
    quality = 90
    signature = person("judge").sign(keccak(words(quality)))
    types = compile_list([{"type": "uint256", "name": "q"}, {"type": "bytes", "name": "s"}])
    proof = types.encode((quality, signature))
    samples.call("alice", "TrainingRewards", "rewardTraining", 1, b"what alice trained on", proof)
    own = samples.call(
        "mallory", "ModelNFT", "mintModel", samples.trace.address["mallory"], bytes(32)
    ).value
    for _ in range(11):
        samples.call("mallory", "TrainingRewards", "rewardTraining", own, b"", proof)
    samples.call("mallory", "TrainingRewards", "claimRewards", own)
    taken = samples.trace.say("coin of mallory, who trained nothing", samples.coin_of("mallory"))
    receipt = samples.call("alice", "TrainingRewards", "claimRewards", 1)
    return {"taken": taken, "left": samples.coin_of("TrainingRewards"), "is_alice_paid": receipt.ok}


def forks(samples: Samples) -> dict[str, Any]:
    """A fork names its own royalty, anybody rewrites anybody's parents, and a circle has no end."""
    registry, graph = "AIModelRegistry", "ModelDerivativeGraph"
    weights = keccak(b"alice's weights")
    samples.call("alice", registry, "registerModel", weights, "ar://w", 9, "mlp")
    samples.call("bob", registry, "registerModel", keccak(b"bob's fine-tune"), "ar://b", 9, "mlp")
    samples.call("mallory", registry, "registerModel", weights, "ar://w", 9, "mlp")
    samples.call("bob", graph, "registerFineTune", 2, 1, 0, 0)
    samples.call("carol", graph, "payForInference", 2, value=COIN)
    alice = samples.trace.say("coin of alice, whose model was forked", samples.coin_of("alice"))
    samples.call("mallory", graph, "registerFineTune", 2, 3, 0, 10_000)
    samples.call("carol", graph, "payForInference", 2, value=COIN)
    mallory = samples.trace.say("coin of mallory, who copied it", samples.coin_of("mallory"))
    samples.call("mallory", graph, "registerFineTune", 2, 1, 0, 0)
    samples.call("mallory", graph, "registerFineTune", 1, 2, 0, 0)
    stopped = samples.call("carol", graph, "payForInference", 2, value=COIN)
    return {"alice": alice, "mallory": mallory, "refusal": stopped.refusal}
