"""TokenBoundAccounts.sol: an account for each token, at an address known before it exists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import NotModelOwner
from protocol.hashing import create2_address, keccak, words
from protocol.openzeppelin.errors import FailedCall
from protocol.types import ZERO_HASH, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

_HEADER = bytes.fromhex("3d60ad80600a3d3981f3363d3d373d3d3d363d73")
_FOOTER = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_WORD = 32

Methods = Mapping[str, Callable[..., object]]


@dataclass(eq=False)
class AccountActionOutOfScope(ProtocolError):
    """An account makes the calls that are listed, nothing else."""

    target: Address
    selector: bytes


@dataclass(eq=False)
class AccountNotCreated(ProtocolError):
    """The account does not exist yet; anyone may create it."""

    account: Address


@dataclass(frozen=True, slots=True)
class AccountActed(Event):
    """A model's account called a contract of the protocol."""

    model_id: int
    account: Address
    target: Address
    selector: bytes


@dataclass(frozen=True, slots=True)
class ERC6551AccountCreated(Event):
    """An account exists from now on."""

    account: Address
    implementation: Address
    salt: bytes
    chain_id: int
    token_contract: Address
    token_id: int


def account_address(
    accounts: Address,
    implementation: Address,
    salt: bytes,
    chain_id: int,
    token_contract: Address,
    token_id: int,
) -> Address:
    """Return where ERC-6551 puts a token's account; `accounts` is the contract that creates it."""
    code = _HEADER + bytes.fromhex(implementation[2:]) + _FOOTER
    return create2_address(accounts, salt, code + words(salt, chain_id, token_contract, token_id))


def model_account(deployment: Deployment, model_id: int) -> Address:
    """Return the address of a model's account."""
    addresses = deployment.addresses
    return account_address(
        addresses["token_bound_accounts"],
        deployment.account_code,
        ZERO_HASH,
        deployment.chain_id,
        addresses["model_registry"],
        model_id,
    )


class TokenBoundAccounts(Contract):
    """Accounts of tokens, and how often those of models have acted."""

    NAME = "token_bound_accounts"
    SOLIDITY = "TokenBoundAccounts"
    EVENTS = (AccountActed, ERC6551AccountCreated)
    ERRORS = (AccountActionOutOfScope, AccountNotCreated, NotModelOwner)
    OBSERVED = (
        Observed("account_of", "_states"),
        Observed("is_account", "_accounts"),
        Observed("state_of", "_states"),
    )
    # Of OpenZeppelin's Create2: an account carries no coin, its code is not empty, and one that is
    # known is not created again. The others are refusals of an account that is called directly:
    # such a call goes to an address that no model's contract has.
    UNMODELLED = frozenset(
        {
            "Create2EmptyBytecode",
            "FailedDeployment",
            "InsufficientBalance",
            "NotAccountOwner",
            "OperationNotSupported",
            "OwnTokenReceived",
        }
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._accounts = self.table()
        self._states = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the addresses of token, registry, Lineage, Gateway and Revenue."""
        names = ("settlement_token", "model_registry", "lineage", "gateway", "revenue")
        return tuple(deployment.addresses[name] for name in names)

    def create_account(
        self,
        ctx: Context,
        implementation: Address,
        salt: bytes,
        chain_id: int,
        token_contract: Address,
        token_id: int,
    ) -> Address:
        """Create an account, or find it where it is, and return its address; anyone may."""
        token = (salt, chain_id, token_contract, token_id)
        created = self.account(ctx, implementation, *token)
        if created not in self._accounts:
            self._accounts[created] = True
            self.emit(ERC6551AccountCreated(created, implementation, *token))
        return created

    def act(self, ctx: Context, model_id: int, target: Address, data: bytes) -> None:
        """
        Make a model's account call a contract of the protocol.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own the model.
            AccountNotCreated: Its account does not exist yet.
            AccountActionOutOfScope: Accounts do not make this call.
            FailedCall: The arguments are not the function's; its own refusals pass through.
        """
        if self._world.model_registry.owner_of(self.as_caller(ctx), model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        account = self.account_of(ctx, model_id)
        if account not in self._accounts:
            raise AccountNotCreated(account)
        selector = data[:4].ljust(4, b"\0")
        action = self._actions(target).get(selector)
        if action is None:
            raise AccountActionOutOfScope(target, selector)
        kinds, method = action

        self.emit(AccountActed(model_id, account, target, selector))
        self._states[model_id] = self._states.get(model_id, 0) + 1
        method(ctx.by(account), *_decode(kinds, data[4:]))

    def account(
        self,
        ctx: Context,
        implementation: Address,
        salt: bytes,
        chain_id: int,
        token_contract: Address,
        token_id: int,
    ) -> Address:
        """Return the address of an account, whether it exists or not."""
        del ctx
        token = (salt, chain_id, token_contract, token_id)
        return account_address(self.address, implementation, *token)

    def account_of(self, ctx: Context, model_id: int) -> Address:
        """Return the address of a model's account: the protocol's own code, salt zero."""
        del ctx
        return model_account(self._world.deployment, model_id)

    def is_account(self, ctx: Context, created: Address) -> bool:
        """Return whether an account was created."""
        del ctx
        return created in self._accounts

    def state_of(self, ctx: Context, model_id: int) -> int:
        """Return how often a model's account has acted."""
        del ctx
        state: int = self._states.get(model_id, 0)
        return state

    def is_in_scope(self, ctx: Context, target: Address, selector: bytes) -> bool:
        """Return whether accounts may make a call."""
        del ctx
        return selector in self._actions(target)

    def _actions(
        self, target: Address
    ) -> dict[bytes, tuple[tuple[str, ...], Callable[..., object]]]:
        addresses = self._world.addresses
        found: dict[bytes, tuple[tuple[str, ...], Callable[..., object]]] = {}
        for name, methods in self._methods().items():
            if addresses[name] == target:
                for signature, method in methods.items():
                    kinds = signature[signature.index("(") + 1 : -1].split(",")
                    found[keccak(signature.encode())[:4]] = (tuple(kinds), method)
        return found

    def _methods(self) -> Mapping[str, Methods]:
        world = self._world
        return {
            "settlement_token": {
                "transfer(address,uint256)": world.settlement_token.transfer,
                "approve(address,uint256)": world.settlement_token.approve,
                "transferFrom(address,address,uint256)": world.settlement_token.transfer_from,
            },
            "model_registry": {
                "transferFrom(address,address,uint256)": world.model_registry.transfer_from,
                "approve(address,uint256)": world.model_registry.approve,
                "setApprovalForAll(address,bool)": world.model_registry.set_approval_for_all,
            },
            "gateway": {
                "deposit(uint256)": world.gateway.deposit,
                "withdraw(uint256)": world.gateway.withdraw,
            },
            "revenue": {
                "payModel(uint256,uint256)": world.revenue.pay_model,
                "withdraw(address)": world.revenue.withdraw,
            },
            "lineage": {"approveChild(uint256)": world.lineage.approve_child},
        }


def _decode(kinds: tuple[str, ...], data: bytes) -> list[int | bool | Address]:
    # As Solidity reads calldata: what is too short or no value of its type is refused without a
    # reason, which the account reports; more is not read.
    if len(data) < _WORD * len(kinds):
        raise FailedCall
    values: list[int | bool | Address] = []
    for place, kind in enumerate(kinds):
        word = data[_WORD * place : _WORD * (place + 1)]
        number = int.from_bytes(word, "big")
        if number >= {"address": 2**160, "bool": 2}.get(kind, 2**256):
            raise FailedCall
        if kind == "address":
            values.append(Address("0x" + word[12:].hex()))
        else:
            values.append(bool(number) if kind == "bool" else number)
    return values
