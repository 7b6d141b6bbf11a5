"""The training data: enough of everything, nothing twice, nothing copied from the demo's FAQ."""

import csv
from collections import Counter

import pytest
import ruamel.yaml

from bot.settings import ROOT

NAMED = (
    "greet goodbye thanks reaction bot_challenge capabilities ask follow_up affirm deny choose correct request_repair "
    "check_order complain human helpful not_helpful stop restart out_of_scope"
).split()
yaml = ruamel.yaml.YAML(typ="safe")


def read(path):
    return yaml.load((ROOT / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def examples():
    """`(intent, example)` of all NLU files."""
    found = []
    for path in sorted((ROOT / "data" / "rasa" / "nlu").glob("*.yml")):
        for block in read(path)["nlu"]:
            found += [(block["intent"], line.removeprefix("- ").strip()) for line in block["examples"].strip().splitlines()]
    return found


@pytest.fixture(scope="module")
def domain():
    return read("domain.yml")


def intents_of(domain):
    return {next(iter(one)) if isinstance(one, dict) else one for one in domain["intents"]}


def test_there_are_enough_examples(examples):
    counts = Counter(intent for intent, _ in examples)
    assert {intent: counts[intent] for intent in NAMED if counts[intent] < 40} == {}
    assert counts["ask"] >= 500
    assert counts["out_of_scope"] >= 500
    assert set(counts) == set(NAMED)


def test_no_example_stands_twice(examples):
    counts = Counter(text.lower() for _, text in examples)
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_example_is_copied_from_the_faq(examples):
    with (ROOT / "data" / "faq" / "daedap.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    faq = {text for row in rows for text in (row["question"], *row["phrasings"].split("|"))}
    assert sorted({text for _, text in examples} & faq) == []


def test_no_example_names_the_demo_company_s_things(examples):
    words = ("대답전자", "대답몰", "한빛", "도리", "바람결", "DW-F", "RV-5", "RV-7", "AC-W", "AC-S")
    assert [text for _, text in examples if any(word in text for word in words)] == []


def test_every_intent_is_known_and_nothing_is_wrong_with_the_files():
    from bot.nlu_examples import intents_of, problems

    assert problems(ROOT / "data" / "rasa", intents_of(ROOT / "domain.yml")) == []


def test_what_the_channel_sets_is_never_learnt(examples, domain):
    learnt = {intent for intent, _ in examples}
    assert intents_of(domain) - learnt == {"empty_message", "long_message", "foreign_message"}


def test_the_domain_s_actions_are_the_action_server_s(domain):
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package("bot.actions")
    assert sorted(executor.actions) == sorted(domain["actions"])


def test_the_greeting_says_that_it_is_automatic(domain):
    texts = [variant["text"] for variant in domain["responses"]["utter_greet"]]
    assert len(texts) >= 2
    assert [text for text in texts if "자동" not in text] == []
