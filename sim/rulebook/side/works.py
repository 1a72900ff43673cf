"""Models of every kind: forbidden, awaited, withdrawn, deeply nested; and what they are made of."""

from itertools import pairwise

from protocol.badges import Badges
from protocol.dataset_registry import DatasetRegistry
from protocol.dense_layers import WEIGHT_OFFSET
from protocol.hashing import keccak, words
from protocol.licences import (
    ALL_CLASSES,
    DERIVATIVES_FORBIDDEN,
    DERIVATIVES_FREE,
    DERIVATIVES_WITH_APPROVAL,
    Licences,
    Terms,
)
from protocol.lineage import MAXIMUM_DEPTH, Lineage, Parent
from protocol.marketplace import Marketplace
from protocol.model_registry import MAXIMUM_NESTING, ModelRegistry
from protocol.model_registry_terms import Registration
from protocol.money import BPS, WAD
from protocol.onchain_inference import OnchainInference
from protocol.parameters import DAY
from protocol.settlement_token import SettlementToken
from protocol.token_bound_accounts import TokenBoundAccounts
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Address
from sim.accounts import Account
from sim.rulebook.calling import call
from sim.rulebook.side.stage import Stage, person

MAKER = person("maker")
_COLLECTOR = person("collector")
OPEN_TERMS = Terms(True, DERIVATIVES_FREE, 0, False, ALL_CLASSES, ALL_CLASSES)


def works(stage: Stage) -> None:
    """Make models that the recorded creators do not, and leave them as they are."""
    licences = [
        stage.do(call(Licences.create, _terms(derivatives)), MAKER)
        for derivatives in (DERIVATIVES_FREE, DERIVATIVES_FORBIDDEN, DERIVATIVES_WITH_APPROVAL)
    ]
    free, _, with_approval = licences
    shown = [register(stage, f"shown {number}", each) for number, each in enumerate(licences)]
    _await_approval(stage, shown[2], with_approval)
    _document(stage, shown[0], free)
    _compute(stage, shown[0])
    line = _fork_to_the_end(stage, free)
    merged = (Parent(shown[0], 1, 100), Parent(line[1], 1, 100))
    stage.do(call(Lineage.merge, merged, registration("merged", free)), MAKER)
    _withdraw_a_version(stage, line[0], free)
    _act_by_accounts(stage, shown[0], with_approval)
    _trade(stage, shown[0])
    _nest(stage, line[:MAXIMUM_NESTING])


def registration(name: str, licence_id: int) -> Registration:
    """Return what a model is registered with."""
    two = ((MAKER.address, _COLLECTOR.address), (BPS - 1, 1))
    uri = f"ipfs://{name}"
    return Registration(uri, keccak(name.encode()), uri, "mlp", 9, licence_id, 250, *two)


def register(stage: Stage, name: str, licence_id: int) -> int:
    """Register a model of the maker, and return its number."""
    registered = call(ModelRegistry.register, registration(name, licence_id))
    return stage.do(registered, MAKER)  # type: ignore[no-any-return]


def publish(stage: Stage, model_id: int, name: str, licence_id: int) -> int:
    """Publish a version upon the first, and return its number."""
    version = (1, keccak(name.encode()), "ipfs://version", "mlp", 9, licence_id)
    published = call(ModelRegistry.publish_version, model_id, *version)
    return stage.do(published, MAKER)  # type: ignore[no-any-return]


def _terms(derivatives: int) -> Terms:
    return Terms(True, derivatives, 100, False, ALL_CLASSES, ALL_CLASSES)


def _await_approval(stage: Stage, parent_id: int, licence_id: int) -> None:
    for name in ("approved", "awaited"):
        fork = call(Lineage.fork, Parent(parent_id, 1, 100), registration(name, licence_id))
        child_id = stage.do(fork, _COLLECTOR)
        if name == "approved":
            stage.do(call(Lineage.approve_child, child_id), MAKER)


def _document(stage: Stage, model_id: int, licence_id: int) -> None:
    data = [
        stage.do(call(DatasetRegistry.register, keccak(uri.encode()), uri, licence_id), _COLLECTOR)
        for uri in ("ipfs://data", "ipfs://more")
    ]
    training = (tuple(data), keccak(b"log"), 1_000)
    stage.do(call(DatasetRegistry.record_training, model_id, 1, *training), MAKER)
    badge_id = stage.do(call(Badges.award, model_id, _COLLECTOR.address), MAKER)
    stage.do(call(Badges.approve, MAKER.address, badge_id), _COLLECTOR)


def _compute(stage: Stage, model_id: int) -> None:
    """Put a network of two layers on chain, the first with the largest weights that there are."""
    largest, one, bias = b"\xff\xff", (WEIGHT_OFFSET + 1).to_bytes(2, "big"), bytes(3) + b"\1"
    chunks = tuple(
        stage.do(call(OnchainInference.store_chunk, data), MAKER)
        for data in (6 * largest + 3 * bias, 6 * one + 2 * bias)
    )
    network = (model_id, 1, (2, 3, 2), 3, chunks)
    stage.do(call(OnchainInference.register_network, *network), MAKER)
    stage.do(call(OnchainInference.infer, model_id, 1, (1, -2)), MAKER)


def _fork_to_the_end(stage: Stage, licence_id: int) -> list[int]:
    """
    Fork each from the one before as deep as it goes, and return the line.

    The first two forks give half away: under the absolute rule there is nothing left.
    """
    line = [register(stage, "line 0", licence_id)]
    for depth in range(1, MAXIMUM_DEPTH + 1):
        parent = Parent(line[-1], 1, 4_000 if depth <= 2 else 100)
        fork = call(Lineage.fork, parent, registration(f"line {depth}", licence_id))
        line.append(stage.do(fork, MAKER))
    return line


def _withdraw_a_version(stage: Stage, model_id: int, licence_id: int) -> None:
    version = publish(stage, model_id, "withdrawn", licence_id)
    stage.do(call(ModelRegistry.deprecate_version, model_id, version), MAKER)


def _trade(stage: Stage, model_id: int) -> None:
    """Sell a model, and leave it for sale again, one without approval, one of another owner's."""
    stage.fund(_COLLECTOR, 10 * WAD, "marketplace")
    for sold in (model_id, model_id + 1, model_id + 2):
        _list(stage, sold, MAKER)
    stage.do(call(Marketplace.buy, model_id, WAD), _COLLECTOR)
    stage.do(call(Marketplace.withdraw, MAKER.address), _COLLECTOR)
    _list(stage, model_id, _COLLECTOR)
    stage.do(call(ModelRegistry.approve, ZERO_ADDRESS, model_id + 1), MAKER)
    moved = (MAKER.address, person("staker").address, model_id + 2)
    stage.do(call(ModelRegistry.transfer_from, *moved), MAKER)


def _list(stage: Stage, model_id: int, seller: Account) -> None:
    approved = call(ModelRegistry.approve, stage.address("marketplace"), model_id)
    stage.do(approved, seller)
    stage.do(call(Marketplace.list, model_id, WAD, BPS, stage.now + 90 * DAY), seller)


def _act_by_accounts(stage: Stage, parent_id: int, licence_id: int) -> None:
    """Let a model's account pay, and own a model that approves a child."""
    owned = register(stage, "owned by a model", licence_id)
    account = _create_account(stage, parent_id)
    stage.do(call(SettlementToken.transfer, account, WAD), stage.deployment.deployer)
    child = Parent(owned, 1, 100), registration("child of an account's", licence_id)
    child_id = stage.do(call(Lineage.fork, *child), _COLLECTOR)
    stage.do(call(ModelRegistry.transfer_from, MAKER.address, account, owned), MAKER)
    for contract, signature, arguments in (
        ("settlement_token", "transfer(address,uint256)", (_COLLECTOR.address, 1)),
        ("settlement_token", "approve(address,uint256)", (stage.address("gateway"), WAD)),
        ("gateway", "deposit(uint256)", (WAD // 2,)),
        ("lineage", "approveChild(uint256)", (child_id,)),
    ):
        data = keccak(signature.encode())[:4] + words(*arguments)
        action = call(TokenBoundAccounts.act, parent_id, stage.address(contract), data)
        stage.do(action, MAKER)


def _nest(stage: Stage, line: list[int]) -> None:
    """Give each model of a line to the account of the one before, as deep as it goes."""
    for holder, held in pairwise(line):
        account = _create_account(stage, holder)
        stage.do(call(ModelRegistry.transfer_from, MAKER.address, account, held), MAKER)
    _create_account(stage, line[-1])


def _create_account(stage: Stage, model_id: int) -> Address:
    token = (stage.deployment.chain_id, stage.address("model_registry"), model_id)
    created = call(
        TokenBoundAccounts.create_account, stage.deployment.account_code, ZERO_HASH, *token
    )
    return stage.do(created, MAKER)  # type: ignore[no-any-return]
