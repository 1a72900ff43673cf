"""The numbers, the order and the addresses of one deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from protocol.hashing import create_address
from protocol.types import Address

CHAIN_ID = 31_337
DEPLOYER = Address("0x" + "de" * 20)
"""
Creates every contract, one per nonce, and holds the initial supply until genesis shares it out.
"""

ORDER = (
    "settlement_token",
    "parameter_store",
    "timelock",
    "governor",
    "licences",
    "model_registry",
    "lineage",
    "pricing",
    "gateway",
    "revenue",
    "staking",
    "halo2_verifier",
    "verification",
    "onchain_inference",
    "badges",
    "dataset_registry",
    "marketplace",
    "streams",
    "stable_token",
    "taxed_token",
    "payment_channels",
    "consent_log",
    "attestations",
    "policies",
    "credits",
    "subscriptions",
    "access",
    "token_bound_accounts",
    "rights",
    "key_releases",
    "stable_revenue",
)
"""The contracts by the model's names, in the order in which they are created."""


@dataclass(frozen=True)
class Deployment:
    """What the constructors need; `values` has every number of `protocol.parameters` by name."""

    values: Mapping[str, int]
    genesis_timestamp: int
    chain_id: int = CHAIN_ID
    deployer: Address = DEPLOYER

    @cached_property
    def addresses(self) -> Mapping[str, Address]:
        """
        Every contract's address, by the model's name: known before anything is created, so that
        all can be immutable.
        """
        return {name: create_address(self.deployer, nonce) for nonce, name in enumerate(ORDER)}

    @property
    def account_code(self) -> Address:
        """
        The code that models' accounts run: the first thing that TokenBoundAccounts creates.
        """
        return create_address(self.addresses["token_bound_accounts"], 1)
