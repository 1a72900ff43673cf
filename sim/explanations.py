"""What each error and warning code means, for `mnft explain`."""

from collections.abc import Mapping
from typing import NamedTuple


class Explanation(NamedTuple):
    """What a code means, what to do, and an example where it helps."""

    title: str
    text: str
    example: str = ""


EXPLANATIONS: Mapping[str, Explanation] = {
    "E100": Explanation(
        "something given cannot be used",
        "The place, the problem and what is allowed are in the message.",
    ),
    "E101": Explanation(
        "unknown key",
        "A scenario may hold only the keys of its schema; a misspelt key would silently leave the "
        "default in place. The message names the nearest key and all that are allowed here. "
        "`mnft schema` prints the JSON Schema, which editors can use to complete keys.",
        "wrong:  spot_check_rte: 2%\nright:  spot_check_rate: 2%",
    ),
    "E102": Explanation(
        "unknown or missing unit",
        "Every value that has a unit is written with it: shares in %, amounts in MNFT, durations "
        "in d, h, min, s or w, latencies in ms. A count has none.",
        "wrong:  stake: 100          right:  stake: 100 MNFT\n"
        "wrong:  tick: 1 day         right:  tick: 1d",
    ),
    "E103": Explanation(
        "shares that do not fit together",
        "Shares that make a whole must sum to 100 %; shares taken from one payment, or royalties "
        "of one model, must not exceed what the rules leave.",
        "wrong:  demand: 50% and 40%\nright:  demand: 50% and 50%",
    ),
    "E104": Explanation(
        "value of the wrong type",
        "The key takes a number, a text, a list or a section, and something else stands there; or "
        "the number is finer than the chain can hold (a protocol share has whole basis points).",
        "wrong:  count: many\nright:  count: 200",
    ),
    "E105": Explanation(
        "value out of bounds",
        "The bounds are printed with the message and in `mnft defaults`. Those of the protocol's "
        "numbers are enforced by the contracts too.",
    ),
    "E106": Explanation(
        "a required key is missing",
        "`question` is required of every scenario; items of lists have required keys of their own.",
        "question: Do spot checks at 2 % deter four hosts?",
    ),
    "E107": Explanation(
        "a key is given twice",
        "Only one of the two could count, and a reader cannot tell which. Delete one.",
    ),
    "E108": Explanation(
        "not one of the choices",
        "The key takes one of a few names; the message lists them.",
    ),
    "E109": Explanation("the file is empty", "At least `question:` is required."),
    "E110": Explanation(
        "the file is not UTF-8",
        "Save it as UTF-8. The message has the first byte that is not.",
    ),
    "E111": Explanation(
        "the file is not YAML",
        "The place is where reading stopped; the mistake may be a line above. Indent with blanks, "
        "not tabs; put text that begins with one of > | * & % @ into quotes.",
        "wrong:  comparison: >=\nright:  comparison: '>='",
    ),
    "E112": Explanation(
        "the file cannot be read", "Check its name, that it is a file, and that you may read it."
    ),
    "E113": Explanation(
        "an impossible population or task",
        "Without creators, hosts or users nothing happens; checks need validators; proposals need "
        "token holders; a domain needs at least two digits and a name of its own.",
    ),
    "E114": Explanation(
        "stakes or tokens that cannot be",
        "A stake must reach the minimum of its role, and all that people hold at the start must "
        "fit into the supply (protocol.initial_supply). Of users' budgets the mean counts: the "
        "median times exp((budget_sigma^2 + activity_sigma^2) / 2). The default supply holds "
        "some 1,600 default users beside the holders; for more, set protocol.initial_supply.",
    ),
    "E115": Explanation(
        "a proposal that is never made", "Its tick lies after the last tick of the run."
    ),
    "E116": Explanation(
        "times that do not fit together",
        "Receipts lapse after the settlement window; the beacon that picks receipts is final one "
        "epoch after the one that follows a settlement, and a check must be opened before the "
        "challenge window is over; a tick may not be longer than an epoch.",
    ),
    "E117": Explanation(
        "a sweep or search that cannot be carried out",
        "Lists under `zip` are read side by side and must be equally long; a path is varied by one "
        "design; Sobol's sequence needs a power of two; Morris' screening has no pairs; only one "
        "objective can be pruned, by TPE, and between replicas; a path into a list must be within "
        "it.",
    ),
    "E118": Explanation(
        "the file of a shock cannot be used",
        "A CSV file beside or below the scenario: a header `tick,value`, then a tick and a number "
        "per line, tick 0 first; ticks that are left out have the value before them. Demand is "
        "multiplied by 0 or more, outages are shares of one, prices are above zero.",
        "tick,value\n0,1\n30,0.4",
    ),
    "E119": Explanation(
        "a shock that cannot be",
        "Each shock has a name of its own and moves what its process can: a geometric Brownian "
        "motion or a season moves demand or the token's price, random outages the hosts, a file "
        "anything.",
    ),
    "E120": Explanation(
        "a command or option is wrong", "`mnft COMMAND --help` shows what a command takes."
    ),
    "E121": Explanation("unknown code", "`mnft explain` without a code lists all of them."),
    "E122": Explanation(
        "rights that cannot be sold",
        "A right to a fork stands for the owner's approval, so licences have to ask for one, and "
        "who merges buys none; a share of revenue is one of the owner's share: there has to be "
        "one; who may read weights in any case buys no right to them; and rights to "
        "calls are weighed against single calls alone.",
    ),
    "E130": Explanation(
        "no complete run in this folder",
        "An interrupted run leaves `<folder>.partial`; the same `mnft run` command replaces it. "
        "`mnft runs` lists what there is.",
    ),
    "E131": Explanation(
        "a run folder is damaged",
        "Every file has its SHA-256 in manifest.json. A file is missing or not as it was written, "
        "so nothing in the folder is trusted. Run the scenario again with the same seed: the "
        "result is the same.",
    ),
    "E132": Explanation(
        "the disk is full",
        "The run was not kept: nothing stands under its final name. Make room, or give another "
        "place with --out, and run it again.",
    ),
    "E133": Explanation(
        "the folder cannot be written",
        "A run may replace an earlier run, but never a folder that holds anything else.",
    ),
    "E140": Explanation(
        "a model, input or proof cannot be used",
        "The message names the operator, shape, weight or size that is refused, and what is "
        "allowed. Weights must be finite, shapes static, and the circuit must fit in memory.",
    ),
    "E150": Explanation(
        "no cluster to work on",
        "Ray and Dask come with the extra: `pip install 'mnft[cluster]'`. A cluster must be there "
        "before a sweep asks for it; `--address` says where. All its machines need the same "
        "folder under the same path, and the same version of mnft.",
        "ray start --head --port 6379;  mnft sweep FILE --backend ray --address 127.0.0.1:6379",
    ),
    "E151": Explanation(
        "another process works in the folder",
        "Two sweeps of one folder would carry everything out twice. The lock ends with the "
        "process that holds it, however that ends.",
    ),
    "E152": Explanation(
        "an arm of a sweep cannot be run",
        "Each arm is the scenario with some values replaced, and is checked like a scenario of "
        "its own before anything runs. The message has the arm and its values.",
    ),
    "E153": Explanation(
        "another build of the contracts cannot be used",
        "`mnft check --contracts DIR` takes one JSON file per contract, named like ours, with "
        "`abi` and `bytecode`. The ABI must be ours entry by entry; the message names the first "
        "that is not. What DIR lacks is ours.",
        'contracts/Staking.json: {"abi": [...], "bytecode": "0x..."}',
    ),
    "E160": Explanation(
        "a figure that a trace does not have",
        "`mnft shrink --kpi` takes a figure that follows from calls and events alone, and a "
        "threshold with its unit. What agents know, latencies or who cheated, is in no trace.",
        "mnft shrink runs/mine/seed-1 --kpi 'slashed_amount > 0 MNFT'",
    ),
    "E161": Explanation(
        "a trace that shows nothing to shrink",
        "Carried out again, the calls lead to no divergence, no violated invariant, or not to what "
        "was asked for. A divergence from another build needs that build: --contracts DIR.",
    ),
    "E162": Explanation(
        "no case here, or a damaged one",
        "A case is a folder with trace.jsonl, case.json and story.md, as `mnft shrink` writes it. "
        "The trace must have the digest that case.json names.",
    ),
    "E170": Explanation(
        "an optional package is missing",
        "Searches use SALib, EMAworkbench and optuna, which the extra `search` installs.",
        "pip install 'mnft[search]'",
    ),
    "E171": Explanation(
        "a study of another search",
        "The folder holds a study whose trials are not those that this search would make: it was "
        "begun with other inputs, another seed or another version. Give another folder with --out.",
    ),
    "E172": Explanation(
        "a point that the scenario refuses",
        "Somewhere in the ranges the scenario's own rules are broken, such as a stake below the "
        "minimum. Narrow the range, or change what it clashes with. Nothing was run.",
    ),
    "W202": Explanation(
        "a proposal too late to take effect",
        "Voting delay, voting period and timelock together are longer than what is left of the "
        "run. The vote is held; its effect is not seen.",
    ),
    "W203": Explanation(
        "a proposal that changes nothing", "The parameter has the proposed value already."
    ),
    "W204": Explanation(
        "stake that is free before a check can fail",
        "A check may be opened until the challenge window is over, and fails when the answer "
        "window that follows is. Where the two together reach the unbonding time, a host can "
        "give notice when it settles, cheat, and be gone with its stake.",
    ),
    "W205": Explanation(
        "checks that the pool cannot pay",
        "Per call the pool gets the price times verification_pool, and owes spot_check_rate times "
        "check_reward. Where it gets less it runs dry, and validators check only where they hope "
        "for a share of a slash. The price is taken as price_per_call times "
        "exp(price_sigma^2 / 2), the mean of a lognormal.",
    ),
    "W206": Explanation(
        "collectors without an owner's share",
        "Revenue goes to contributors, and a token that is sold takes along only the owner's "
        "share. Where creators leave none, models are worth nothing to collectors.",
    ),
    "W207": Explanation(
        "moving prices that swing",
        "A moving price settles where its largest step per epoch times the elasticity of demand is "
        "below 2, and swings from bound to bound beyond (EIP-1559's rule, T1). Here the elasticity "
        "is price_coefficient times the share of demand that the target leaves: 1 - (capacity / 2) "
        "/ (calls that users want per epoch). It counts users who choose anew every epoch; fewer "
        "do, by habit, so the swings may be slower or stay away.",
    ),
    "W208": Explanation(
        "merges that the rules refuse",
        "A merged model owes a royalty to each of its parents, and all together may not exceed "
        "protocol.maximum_royalty_sum. Here the least royalties of two parents exceed it.",
    ),
}
