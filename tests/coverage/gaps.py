"""
What nobody has met, and why: `docs/coverage.md` needs a reason for each, and for nothing else.
What tests alone have met has a reason where no call of an account can meet it.

A key is a function (`contract.function`, never carried out), a refusal (met nowhere), or both with
a space between (the function's text promises the refusal, and it never came).
"""

_ZERO_ALLOWS_NOBODY = (
    "the allowance is asked first, and the zero address allows nobody anything: "
    "`ERC20InsufficientAllowance`, or `ERC20InvalidApprover` for an amount of zero"
)
_SOULBOUND = "a badge never moves: `BadgeIsSoulbound` comes before all that could be asked"

_AS_BUY = "one function of both sells, and `marketplace.buy` is refused so"
_PAYS_BY_TOKEN = "the token refuses it, as it refuses others who pay with too little"
_ZERO_CALLS_NOTHING = "it takes a call of the zero address, to which nobody has a key"

GAPS = {
    "ERC6909InvalidApprover": _ZERO_CALLS_NOTHING,
    "rights.transfer ERC6909InvalidSender": _ZERO_CALLS_NOTHING,
    "ERC5805FutureLookup": (
        "the governor asks for votes and supply at snapshots that are over; the token's views, "
        "which anyone may ask of the future, do refuse so, and are no rows here"
    ),
    "ERC721InvalidSender": (
        "OpenZeppelin refuses so to mint a token that exists; models are numbered upwards, so none "
        "is minted twice"
    ),
    "badges.transfer_from": _SOULBOUND,
    "badges.transfer_from ERC721IncorrectOwner": _SOULBOUND,
    "badges.transfer_from ERC721InsufficientApproval": _SOULBOUND,
    **{
        f"marketplace.buy_with_account {refusal}": _AS_BUY
        for refusal in (
            "ERC20InsufficientAllowance",
            "ERC20InsufficientBalance",
            "ERC721InsufficientApproval",
            "RoyaltyShareOutOfRange",
            "SellerIsBuyer",
        )
    },
    "rights.buy ERC20InsufficientBalance": _PAYS_BY_TOKEN,
    "key_releases.request ERC20InsufficientBalance": _PAYS_BY_TOKEN,
    "settlement_token.burn_from ERC20InvalidSender": _ZERO_ALLOWS_NOBODY,
    "settlement_token.transfer_from ERC20InvalidSender": _ZERO_ALLOWS_NOBODY,
    "stable_revenue.pay_checker": (
        "checks are paid in MNFT alone, so this instance has nobody who may ask; "
        "`OnlyVerification` refuses all"
    ),
    "stable_token.burn_from ERC20InvalidSender": _ZERO_ALLOWS_NOBODY,
    "stable_token.transfer_from ERC20InvalidSender": _ZERO_ALLOWS_NOBODY,
    "taxed_token.burn_from ERC20InvalidSender": _ZERO_ALLOWS_NOBODY,
    "taxed_token.transfer_from ERC20InvalidSender": _ZERO_ALLOWS_NOBODY,
}

_ROLE = (
    "the timelock takes it from the governor alone, which makes no such call; tests speak for the "
    "governor, walks for accounts"
)
TESTS_ALONE = {
    "timelock.schedule": _ROLE,
    "timelock.cancel": _ROLE,
    "timelock.execute": f"it carries out what `schedule` has scheduled; {_ROLE}",
    "TimelockInsufficientDelay": _ROLE,
    "TimelockUnexecutedPredecessor": _ROLE,
    "FractionAboveWhole": "Verification slashes by a governed number, at most the whole",
    "PaymentRefused": "it takes a contract that refuses coin, and walks deploy none",
    "ERC20InvalidSender": "it takes a call of the zero address, to which nobody has a key",
    "RoyaltyStackTooHigh": "the walks' deployment has the rule that needs no such limit",
    "TooManyAncestors": "it takes 65 models above one",
}
