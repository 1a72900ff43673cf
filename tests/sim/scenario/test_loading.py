from pathlib import Path

import pytest

from protocol.parameters import PARAMETERS
from sim.errors import Problem, ScenarioError, UserError
from sim.scenario.loading import LoadedScenario, load_scenario, parse_scenario
from sim.scenario.schema import CHAIN_NAMES, Scenario

ASKED = "question: Does it hold?\n"


def read(text: str, **overrides: str) -> LoadedScenario:
    return parse_scenario(
        text, "mine.yaml", "mine", {key.replace("__", "."): each for key, each in overrides.items()}
    )


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as refused:
        read(text)
    return refused.value.problems


def places(text: str) -> list[tuple[str, str]]:
    return [(each.code, each.place.removeprefix("mine.yaml:")) for each in problems(text)]


def test_a_question_alone_is_a_scenario_of_sixty_ticks() -> None:
    loaded = read(ASKED)

    assert loaded.scenario == Scenario(question="Does it hold?")
    assert loaded.scenario.ticks == 60
    assert loaded.scenario.tick == 86_400
    assert all(row.is_default for row in loaded.rows)


def test_values_arrive_in_the_units_of_the_simulation() -> None:
    scenario = read(
        ASKED
        + "ticks: 60\ntick: 12h\nprotocol: {protocol_fee: 2.5%, spot_check_rate: 0.0001%, "
        + "minimum_host_stake: 5 MNFT, unbonding: 30d}\n"
        + "population: {users: {churn: 6%}, hosts: {latency: 1.5 s}}\n"
    ).scenario

    assert scenario.ticks == 60
    assert scenario.tick == 43_200
    assert scenario.protocol.protocol_fee == 250
    assert scenario.protocol.spot_check_rate == 1
    assert scenario.protocol.minimum_host_stake == 5 * 10**18
    assert scenario.protocol.unbonding == 2_592_000
    assert scenario.population.users.churn == 0.06
    assert scenario.population.hosts.latency == 1_500.0


def test_every_parameter_of_the_protocol_has_one_key_and_its_own_default() -> None:
    assert sorted(CHAIN_NAMES.values()) == sorted(each.name for each in PARAMETERS)
    assert read(ASKED).scenario.protocol.values() == {
        each.name: each.default for each in PARAMETERS
    }


def test_a_scenario_cannot_be_changed() -> None:
    scenario = read(ASKED).scenario

    with pytest.raises(ValueError, match="frozen"):
        scenario.ticks = 61  # type: ignore[misc]


def test_a_reason_and_a_source_may_stand_beside_any_value() -> None:
    loaded = read(
        ASKED + "seed: {value: 4, why: dice}\nprotocol:\n  protocol_fee:\n    value: 3%\n"
        "    why: a test\n    source: a paper\nworkload:\n"
        "  hidden_units: {value: [8, 16], why: small}\n"
        "  domains:\n    - {name: a, demand: {value: 100%, why: all}}\n"
    )
    rows = {row.key: row for row in loaded.rows}

    assert loaded.scenario.seed == 4
    assert loaded.scenario.workload.hidden_units == (8, 16)
    assert rows["workload.domains[0].demand"].why == "all"
    fee = rows["protocol.protocol_fee"]
    assert (fee.value, fee.set_by, fee.why, fee.source) == ("3%", "line 4", "a test", "a paper")
    assert (fee.lower, fee.upper, fee.unit) == ("0%", "20%", "%")
    assert rows["seed"].source == "not stated"
    assert rows["protocol.epoch"].set_by == "default"
    assert rows["population.users.activity_sigma"].source.startswith("calibration")


def test_every_default_has_a_unit_a_meaning_and_a_source() -> None:
    for row in read(ASKED).rows:
        assert row.unit, row.key
        assert row.meaning, row.key
        assert row.source not in ("", "not stated") or row.key.endswith(".name"), row.key


def test_the_digest_is_of_values_not_of_their_spelling() -> None:
    spelt = read("# a comment\n" + ASKED + "ticks: {value: 60, why: as by default}\n")

    assert spelt.digest == read(ASKED).digest
    assert spelt.digest != read(ASKED + "ticks: 61\n").digest


def test_overrides_replace_single_values_and_are_named_in_the_table() -> None:
    loaded = read(ASKED + "seed: 1\n", seed="9", population__hosts__stake="3000 MNFT")
    rows = {row.key: row.set_by for row in loaded.rows}

    assert loaded.scenario.seed == 9
    assert loaded.scenario.population.hosts.stake == 3_000 * 10**18
    assert rows["seed"] == rows["population.hosts.stake"] == "--set"


def test_an_override_that_names_nothing_or_is_no_value_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"population\.host\.stake"):
        read(ASKED, population__host__stake="1 MNFT")
    with pytest.raises(ScenarioError, match="unknown unit `MNFTT`"):
        read(ASKED, population__hosts__stake="1 MNFTT")


def test_all_errors_come_at_once_in_the_order_of_the_file() -> None:
    assert places(
        ASKED
        + "protocol:\n  spot_check_rte: 2%\n  check_reward: 100 MNFTT\n"
        + "workload:\n  domains:\n    - {name: a, demand: 50%}\n    - {name: b, demand: 40%}\n"
        + "population:\n  hosts: {count: 0}\nticks: many\n"
    ) == [
        ("E101", "3:3"),
        ("E102", "4:21"),
        ("E103", "8:25"),
        ("E113", "10:18"),
        ("E104", "11:8"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("spot: 1\n", "E101", "2:1", "unknown key `spot`"),
        ("chain: {engin: revm}\n", "E101", "2:9", "unknown key `engin`"),
        ("ticks: 60 d\n", "E102", "2:11", "unexpected unit `d`"),
        ("ticks: [60]\n", "E104", "2:8", "not a list"),
        ("ticks: {a: 1}\n", "E104", "2:8", "a value, not a section"),
        ("ticks:\n", "E104", "2:1", "no value"),
        ("ticks: 0\n", "E105", "2:8", "`ticks` is 0"),
        ("ticks: 100001\n", "E105", "2:8", "`ticks` is 100001"),
        ("protocol: 3\n", "E104", "2:11", "`protocol` is a section"),
        ("claims: 3\n", "E104", "2:9", "`claims` is a list"),
        ("claims: [3]\n", "E104", "2:10", "`claims[0]` is a section"),
        ("workload: {hidden_units: []}\n", "E104", "2:26", "empty"),
        ("workload: {hidden_units: 3}\n", "E104", "2:26", "is a list"),
        ("workload: {hidden_units: [1]}\n", "E105", "2:27", "is 1"),
        ("workload: {domains: []}\n", "E104", "2:21", "at least one"),
        ("chain: {engine: geth}\n", "E108", "2:17", "`geth` is not a choice"),
        ("claims: [{kpi: calls_askd, comparison: '>', threshold: 1}]\n", "E108", "2:16", "KPI"),
        ("claims: [{kpi: calls_asked, comparison: '>'}]\n", "E106", "2:10", "`threshold`"),
        ("seed: 1\nseed: 2\n", "E107", "3:1", "`seed` is given twice"),
        ("seed: {value: 1, value: 2}\n", "E107", "2:18", "`value` is given twice"),
        ("seed: {why: none}\n", "E106", "2:7", "`seed` needs `value`"),
        ("seed: {value: 1, why: one, two}\n", "E101", "2:28", "unknown key `two`"),
        ("protocol: {protocol_fee: 21%}\n", "E105", "2:26", "is 21%"),
        ("population: {creators: {host_fee: 60%, data_pool: 30%}, hosts: {count: 4}}\n"
         "protocol: {protocol_fee: 10%}\n", "E103", "2:35", "sum to 102%"),
        ("population: {creators: {royalty: 62%}}\n", "E103", "2:34", "the rules allow 50%"),
        ("population: {hosts: {stake: 10 MNFT}}\n", "E114", "2:29", "the rules ask for 1000 MNFT"),
        ("protocol: {minimum_host_stake: 9000 MNFT}\n", "E114", "2:32", "hosts stake 2000 MNFT"),
        ("population: {validators: {count: 0}}\n", "E113", "2:34", "no validators"),
        ("population: {users: {count: 0}}\n", "E113", "2:29", "no users"),
        ("population: {creators: {count: 0}}\n", "E113", "2:32", "no creators"),
        ("population: {users: {budget: 9000 MNFT}}\n", "E114", "2:30", "more than the supply"),
        ("governance: {proposals: [{tick: 61, parameter: protocol_fee, value: 1%}]}\n",
         "E115", "2:33", "the run has 60"),
        ("governance: {proposals: [{tick: 1, parameter: epoch, value: 1d}]}\n",
         "E108", "2:47", "governance cannot change `epoch`"),
        ("governance: {proposals: [{tick: 1, parameter: protocol_fee, value: 1 MNFT}]}\n",
         "E102", "2:70", "unknown unit `MNFT`"),
        ("protocol: {challenge_window: 1d}\n", "E116", "2:30", "could never be checked"),
        ("tick: 2d\n", "E116", "2:7", "a tick is 2d"),
        ("licensing: {regulated: 60%, excluded: 50%}\n", "E103", "2:39", "are 110% of all"),
        ("licensing: {strict: 5%}\n", "E113", "2:21", "5% of 5 creators are none"),
        ("population: {creators: {rights: {fine_tune: sold}}}\n",
         "E122", "2:45", "derivatives are `free`"),
        ("population: {creators: {rights: {fine_tune: sold}, derivatives: approval},"
         " fine_tuners: {merging: 1%}}\n", "E122", "2:45", "fine-tuners also merge"),
        ("population: {creators: {rights: {revenue_units: 9}}}\n",
         "E122", "2:49", "but it is 0%"),
        ("population: {creators: {rights: {weights_rights: 9}}}\n",
         "E122", "2:50", "but weights lie open"),
        ("population: {creators: {rights: {inference_calls: 9}, subscription: {calls: 9}}}\n",
         "E122", "2:51", "beside subscriptions"),
        ("population: {creators: {currency: stable, credits: {valid: 30d}}}\n",
         "E122", "2:35", "beside `population.creators.credits.valid`"),
        ("workload: {storage_price: 1 MNFT}\n"
         "population: {creators: {budget: 1 MNFT}}\n", "E113", "2:27", "have no tokens"),
        ("workload: {weights: sealed}\npopulation: {fine_tuners: {stored: when_it_pays}}\n",
         "E113", "3:36", "in the clear"),
        ("population: {holders: {cliff: 1d}}\n", "E116", "2:31", "the cliff is 1d"),
        ("proofs: {kind: stand-in}\n", "E101", "2:10", "not a key of `proofs`"),
        ("workload: {domains: [{name: a, demand: 50%}, {name: a, demand: 50%}]}\n",
         "E113", "2:53", "two domains are called `a`"),
        ("workload: {domains: [{name: a, demand: 100%, classes: [1, 1]}]}\n",
         "E113", "2:55", "[1, 1]"),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_its_place(text: str, code: str, place: str, words: str) -> None:
    found = problems(ASKED + text)

    assert [(each.code, each.place.removeprefix("mine.yaml:")) for each in found] == [(code, place)]
    assert words in f"{found[0].problem} {found[0].note}"


def test_a_misspelt_key_gets_the_nearest_and_all_that_are_allowed_here() -> None:
    (problem,) = problems(ASKED + "chain: {engin: revm}\n")

    assert problem.note == "not a key of `chain`; nearest: `engine`"
    assert problem.allowed == ("engine", "full_views_every")


def test_the_question_is_required() -> None:
    assert places("ticks: 60\n") == [("E106", "1:1")]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "E109", "empty"),
        (b"# only a comment\n", "E109", "empty"),
        (b"question: caf\xe9\n", "E110", "byte 0xe9 is not UTF-8"),
        (b"question: [1\n", "E111", "expected"),
        (b"question: a\nclaims:\n\t- b\n", "E111", "cannot start any token"),
        (b"question: a\n---\nquestion: b\n", "E111", "another document"),
        (b"question: \x01\n", "E111", "unacceptable character"),
        (b"- a\n- b\n", "E104", "keys and values"),
        (b"just text\n", "E104", "keys and values"),
        (b"x" * 1_000_001, "E112", "too many"),
    ],
)
def test_a_file_that_is_no_scenario_says_why(
    tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)

    with pytest.raises(UserError) as refused:
        load_scenario(path)

    assert refused.value.code == code
    assert words in refused.value.problem
    assert str(path) in refused.value.place


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as refused:
        load_scenario(tmp_path / name)

    assert refused.value.code == "E112"


def test_a_comparison_without_quotes_gets_the_advice_to_quote_it() -> None:
    (problem,) = problems(ASKED + "claims:\n  - kpi: calls_asked\n    comparison: >= 3\n")

    assert (problem.code, problem.place) == ("E111", "mine.yaml:4:18")
    assert problem.allowed == ("text in quotes, such as '>='",)


def test_claims_and_proposals_are_read_in_the_unit_of_what_they_name() -> None:
    scenario = read(
        ASKED
        + "governance: {proposals: [{tick: 5, parameter: protocol_fee, value: 5%},"
        + " {tick: 6, parameter: check_reward, value: 2 MNFT}]}\n"
        + "claims:\n"
        + "  - {kpi: calls_refused_share, comparison: '<=', threshold: 5%, tolerance: 1%}\n"
        + "  - {kpi: revenue_total, quantifier: total, comparison: '>', threshold: 10 MNFT}\n"
        + "  - {kpi: latency_p95, quantifier: max, comparison: '<', threshold: 1 s}\n"
    ).scenario

    assert [each.value for each in scenario.governance.proposals] == [500, 2 * 10**18]
    assert [each.threshold for each in scenario.claims] == [0.05, 10.0, 1_000.0]
    assert scenario.claims[0].tolerance == 0.01


def test_a_vote_that_ends_after_the_run_is_a_warning() -> None:
    loaded = read(
        ASKED + "governance: {proposals: [{tick: 58, parameter: protocol_fee, value: 2.5%}]}\n"
    )

    assert [each.code for each in loaded.warnings] == ["W202", "W203"]


def test_a_recursive_alias_is_an_error_not_a_hang() -> None:
    assert problems(ASKED + "chain: &a\n  engine: *a\n")[0].code == "E104"


@pytest.mark.usefixtures("shallow_stack")
def test_a_file_nested_too_deeply_says_so() -> None:
    (problem,) = problems(ASKED + "protocol: " + "[" * 3_000 + "]" * 3_000)

    assert (problem.code, problem.problem) == ("E111", "sections or lists are nested too deeply")


def test_a_wrong_item_is_one_error_and_not_a_short_list_too() -> None:
    text = "workload: {domains: [{name: '', demand: 100%}]}\n"

    assert places(ASKED + text) == [("E104", "2:23")]


def test_a_population_too_large_for_the_supply_is_told_a_supply_that_holds_it():
    # Users hold 2,000 x 50 MNFT x exp(2.5), holders 9,000,000, hosts 8,000, validators 5,000.
    text = "question: Who gets tokens?\npopulation: {users: {count: 2000}}\n"
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text, "here", "here")
    assert "need 10231249 MNFT" in str(refused.value)
    assert "protocol.initial_supply: 14000000 MNFT" in str(refused.value)

    parse_scenario(text + "protocol: {initial_supply: 14000000 MNFT}\n", "here", "here")
