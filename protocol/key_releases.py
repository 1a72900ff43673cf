"""KeyReleases.sol: keys of sealed weights, released to whom the rules admit."""

from typing import TYPE_CHECKING, Any

from protocol import x25519
from protocol.access_terms import REFUSED
from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import NotModelOwner
from protocol.hashing import keccak, words
from protocol.key_releases_terms import (
    ANSWERED,
    ASKED,
    NOT_SEALED,
    OVER,
    AnswerOverdue,
    ComplaintOverdue,
    FeeAboveMaximum,
    KeyDisproved,
    KeyHashIsZero,
    KeyIsRight,
    KeyRefused,
    KeyReleased,
    KeyRequested,
    KeyTermsSet,
    NotKeeper,
    NotSealed,
    Request,
    RequestClosed,
    RequestNotThere,
    RequestRunning,
    Sealing,
    UnknownRequest,
    VersionIsSealed,
    VersionSealed,
    WrongPrivateKey,
)
from protocol.parameters import BY_NAME
from protocol.rights_terms import WEIGHTS
from protocol.types import ZERO_HASH, Address, Context

if TYPE_CHECKING:
    from protocol.world import World

_ANSWER_WINDOW = BY_NAME["answerWindowSeconds"].key
_CHALLENGE_WINDOW = BY_NAME["challengeWindowSeconds"].key


class KeyReleases(Contract):
    """
    Sealed versions, and requests for their keys.

    The token balance is always at least the fees of all requests that are not over.
    """

    NAME = "key_releases"
    SOLIDITY = "KeyReleases"
    EVENTS = (KeyDisproved, KeyReleased, KeyRequested, KeyTermsSet, RequestClosed, VersionSealed)
    ERRORS = (
        AnswerOverdue,
        ComplaintOverdue,
        FeeAboveMaximum,
        KeyHashIsZero,
        KeyIsRight,
        KeyRefused,
        NotKeeper,
        NotModelOwner,
        NotSealed,
        RequestNotThere,
        RequestRunning,
        UnknownRequest,
        VersionIsSealed,
        WrongPrivateKey,
    )
    OBSERVED = (
        Observed("sealing_of", "_sealings"),
        Observed("request_of", "_requests"),
        Observed("count"),
    )
    # Never raised: times stay below 2**64, the token returns true, and inverting succeeds.
    UNMODELLED = frozenset({"SafeCastOverflowedUintDowncast", "SafeERC20FailedOperation"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._epoch_seconds = world.deployment.values["epochSeconds"]
        self._sealings = self.table()
        self._requests = self.table()
        self._count = self.cell(0)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the contracts that are asked and paid, and how long an epoch is."""
        names = ("settlement_token", "parameter_store", "model_registry", "revenue", "access")
        return (
            *(deployment.addresses[name] for name in (*names, "rights")),
            deployment.values["epochSeconds"],
        )

    def seal(
        self,
        ctx: Context,
        model_id: int,
        version: int,
        key_hash: bytes,
        keeper: Address,
        rights_only: bool,
        fee: int,
    ) -> None:
        """
        Commit to the key of a version, once, and say who may have it, from whom and for what.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            UnknownVersion: There is no such version.
            KeyHashIsZero: No key has this hash.
            VersionIsSealed: Its key is fixed.
        """
        self._require_model_owner(ctx, model_id)
        self._world.model_registry.licence_of(self.as_caller(ctx), model_id, version)
        if key_hash == ZERO_HASH:
            raise KeyHashIsZero
        if (model_id, version) in self._sealings:
            raise VersionIsSealed(model_id, version)

        self._sealings[model_id, version] = Sealing(key_hash, keeper, rights_only, fee)
        self.emit(VersionSealed(model_id, version, key_hash))
        self.emit(KeyTermsSet(model_id, version, keeper, rights_only, fee))

    def set_terms(
        self,
        ctx: Context,
        model_id: int,
        version: int,
        keeper: Address,
        rights_only: bool,
        fee: int,
    ) -> None:
        """
        Change who may have the key, from whom and for what; requests that were made stay.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            NotSealed: Its owner committed to no key.
        """
        self._require_model_owner(ctx, model_id)
        key_hash = self._require_sealed(model_id, version).key_hash

        self._sealings[model_id, version] = Sealing(key_hash, keeper, rights_only, fee)
        self.emit(KeyTermsSet(model_id, version, keeper, rights_only, fee))

    def request(
        self, ctx: Context, model_id: int, version: int, public_key: bytes, maximum_fee: int
    ) -> int:
        """
        Ask for a key, and return the request's number; KeyReleases must have been approved for the
        fee, of which the owner pays none.

        Raises:
            NotSealed: The version's owner committed to no key.
            KeyRefused: The caller is neither the owner, nor holds the weights right, nor does the
                rule that admits calls admit it, where the terms let that count.
            FeeAboveMaximum: It costs more than the caller said.
            ERC20InsufficientAllowance, ERC20InsufficientBalance: The caller cannot pay.
        """
        sealing = self._require_sealed(model_id, version)
        if not self.may_ask(ctx, model_id, version, ctx.sender):
            raise KeyRefused(model_id, version, ctx.sender)
        fee = 0 if self._owner_of(ctx, model_id) == ctx.sender else sealing.fee
        if fee > maximum_fee:
            raise FeeAboveMaximum(fee, maximum_fee)
        deadline = self._after(ctx, _ANSWER_WINDOW)

        request_id: int = self._count.value + 1
        self._count.value = request_id
        self._requests[request_id] = Request(
            model_id,
            ctx.sender,
            version,
            ASKED,
            deadline,
            fee,
            public_key,
            ZERO_HASH,
            ZERO_HASH,
        )
        self.emit(
            KeyRequested(request_id, model_id, ctx.sender, version, public_key, fee, deadline)
        )
        token = self._world.settlement_token
        token.transfer_from(self.as_caller(ctx), ctx.sender, self.address, fee)
        return request_id

    def answer(
        self, ctx: Context, request_id: int, ephemeral_key: bytes, wrapped_key: bytes
    ) -> None:
        """
        Release a key: the data key XOR `pad_of` of the secret that the two public keys share.

        Raises:
            UnknownRequest: There is no such request.
            RequestNotThere: It was answered, or is over.
            NotKeeper: The caller is neither the model's owner nor the keeper.
            AnswerOverdue: It is too late.
        """
        asked = self._require_at(request_id, ASKED)
        keeper = self._sealings[asked.model_id, asked.version].keeper
        if ctx.sender not in (keeper, self._owner_of(ctx, asked.model_id)):
            raise NotKeeper(request_id, ctx.sender)
        if ctx.timestamp > asked.deadline:
            raise AnswerOverdue(request_id, asked.deadline)
        deadline = self._after(ctx, _CHALLENGE_WINDOW)

        self._requests[request_id] = asked._replace(
            status=ANSWERED,
            deadline=deadline,
            ephemeral_key=ephemeral_key,
            wrapped_key=wrapped_key,
        )
        self.emit(KeyReleased(request_id, ephemeral_key, wrapped_key, deadline))

    def complain(self, ctx: Context, request_id: int, private_key: bytes) -> None:
        """
        Show that an answer is not the key, and pay the asker its fee back; anyone with the private
        key may, which is public from then on.

        Raises:
            UnknownRequest: There is no such request.
            RequestNotThere: It was not answered, or is over.
            ComplaintOverdue: It is too late.
            WrongPrivateKey: The key does not belong to the request's public key.
            KeyIsRight: What came is the key that its owner committed to.
        """
        asked = self._require_at(request_id, ANSWERED)
        if ctx.timestamp > asked.deadline:
            raise ComplaintOverdue(request_id, asked.deadline)
        if x25519.multiply(private_key, x25519.BASE) != asked.public_key:
            raise WrongPrivateKey(request_id)
        secret = x25519.multiply(private_key, asked.ephemeral_key)
        unwrapped = xor(
            asked.wrapped_key, self.pad_of(ctx, request_id, secret, asked.ephemeral_key)
        )
        if keccak(unwrapped) == self._sealings[asked.model_id, asked.version].key_hash:
            raise KeyIsRight(request_id)

        self.emit(KeyDisproved(request_id, unwrapped))
        self._refund(ctx, request_id, asked)

    def close(self, ctx: Context, request_id: int) -> None:
        """
        End a request whose deadline is over: the fee goes back to the asker where nobody answered,
        else to the model's accrual; anyone may.

        Raises:
            UnknownRequest: There is no such request.
            RequestNotThere: It is over.
            RequestRunning: Its deadline is not over.
        """
        asked = self.request_of(ctx, request_id)
        if asked.status == OVER:
            raise RequestNotThere(request_id, OVER)
        if ctx.timestamp <= asked.deadline:
            raise RequestRunning(request_id, asked.deadline)
        if asked.status == ASKED:
            self._refund(ctx, request_id, asked)
            return

        self._requests[request_id] = asked._replace(status=OVER)
        self.emit(RequestClosed(request_id, 0, asked.fee))

        if asked.fee:
            world, caller = self._world, self.as_caller(ctx)
            world.settlement_token.approve(caller, world.revenue.address, asked.fee)
            world.revenue.pay_model(caller, asked.model_id, asked.fee)

    def sealing_of(self, ctx: Context, model_id: int, version: int) -> Sealing:
        """Return what an owner says of a sealed version; zeros where it is not sealed."""
        del ctx
        sealing: Sealing = self._sealings.get((model_id, version), NOT_SEALED)
        return sealing

    def request_of(self, ctx: Context, request_id: int) -> Request:
        """
        Return a request.

        Raises:
            UnknownRequest: There is no such request.
        """
        del ctx
        if request_id not in self._requests:
            raise UnknownRequest(request_id)
        asked: Request = self._requests[request_id]
        return asked

    def count(self, ctx: Context) -> int:
        """Return how many requests there were; their numbers count from 1."""
        del ctx
        count: int = self._count.value
        return count

    def may_ask(self, ctx: Context, model_id: int, version: int, asker: Address) -> bool:
        """
        Return whether somebody may ask for a key now: the owner, holders of the weights right and,
        unless the terms say rights only, whom Access admits.

        Raises:
            ERC721NonexistentToken: There is no such model.
        """
        world = self._world
        if self._owner_of(ctx, model_id) == asker:
            return True
        if world.rights.holds(self.as_caller(ctx), model_id, WEIGHTS, asker):
            return True
        if self.sealing_of(ctx, model_id, version).rights_only:
            return False
        epoch = ctx.timestamp // self._epoch_seconds
        mode, _ = world.access.authorize(self.as_caller(ctx), model_id, version, asker, epoch)
        return mode != REFUSED

    def pad_of(self, ctx: Context, request_id: int, secret: bytes, ephemeral_key: bytes) -> bytes:
        """
        Return the pad of an answer: HKDF-SHA-256 of what X25519 gives for one's private and the
        other's public key, for this request and these keys alone.
        """
        del ctx
        held: Request | None = self._requests.get(request_id)
        public_key = held.public_key if held is not None else ZERO_HASH
        return x25519.derive(secret, words(self.address, request_id, public_key, ephemeral_key))

    def _refund(self, ctx: Context, request_id: int, asked: Request) -> None:
        self._requests[request_id] = asked._replace(status=OVER)
        self.emit(RequestClosed(request_id, asked.fee, 0))

        token = self._world.settlement_token
        token.transfer(self.as_caller(ctx), asked.asker, asked.fee)

    def _after(self, ctx: Context, window: bytes) -> int:
        seconds = self._world.parameter_store.get(self.as_caller(ctx), window)
        return ctx.timestamp + seconds

    def _owner_of(self, ctx: Context, model_id: int) -> Address:
        return self._world.model_registry.owner_of(self.as_caller(ctx), model_id)

    def _require_model_owner(self, ctx: Context, model_id: int) -> None:
        if self._owner_of(ctx, model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)

    def _require_sealed(self, model_id: int, version: int) -> Sealing:
        if (model_id, version) not in self._sealings:
            raise NotSealed(model_id, version)
        sealing: Sealing = self._sealings[model_id, version]
        return sealing

    def _require_at(self, request_id: int, status: int) -> Request:
        if request_id not in self._requests:
            raise UnknownRequest(request_id)
        asked: Request = self._requests[request_id]
        if asked.status != status:
            raise RequestNotThere(request_id, asked.status)
        return asked


def xor(one: bytes, other: bytes) -> bytes:
    """Return two strings of 32 bytes, bit by bit one or the other and not both."""
    both = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return both.to_bytes(32, "big")
