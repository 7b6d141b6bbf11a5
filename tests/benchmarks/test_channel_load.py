"""What the load test reckons, on hand-made turns; and what its customers say."""

import importlib.util
import itertools
import sys

import pytest

from bot.settings import ROOT

FOLDER = ROOT / "benchmarks" / "channels"


def module_of(name):
    spec = importlib.util.spec_from_file_location(f"channels_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def load():
    return module_of("load")


@pytest.fixture(scope="module")
def phrases():
    return module_of("customers").Phrases()


def test_times_and_errors_by_kind_and_transport(load):
    turns = [load.Turn(0.0, "rest", "faq", float(ms)) for ms in range(1, 101)]
    turns += [load.Turn(0.0, "widget", "talk", 7.0), load.Turn(0.0, "widget", "talk", 9_999.0, "NoAnswerError: away")]
    found = load.figures(turns, 10.0)
    assert (found["turns"], found["errors"], found["turns_per_second"]) == (102, 1, 10.2)
    assert found["error_kinds"] == {"NoAnswerError: away": 1}
    assert found["ms"]["faq"] == {"turns": 100, "p50": 50.5, "p95": 96.0, "max": 100.0}
    assert found["ms"]["talk"] == found["ms"]["widget"] == {"turns": 1, "p50": 7.0, "p95": 7.0, "max": 7.0}
    assert found["ms"]["all"]["turns"] == 101


@pytest.mark.parametrize(
    ("p95", "errors", "turns", "expected"), [(1_500, 0, 9, True), (1_501, 0, 9, False), (5, 1, 9, False), (5, 0, 0, False)]
)
def test_what_holds(load, p95, errors, turns, expected):
    assert load.holds({"turns": turns, "errors": errors, "ms": {"all": {"p95": p95}}}) is expected


@pytest.mark.parametrize("truth", [3, 60, 61, 170, 400])
def test_the_search_ends_near_the_most_users(load, truth):
    held, failed, tried = (60, None, []) if truth >= 60 else (0, 60, [])
    while (users := load.next_users(held, failed)) is not None:
        tried.append(users)
        held, failed = (users, failed) if users <= truth else (held, users)
    assert held <= truth < failed and failed - held <= max(1, load.CLOSE_ENOUGH * held)
    assert len(tried) == len(set(tried)) <= 14


def test_what_memory_grew_by(load):
    rows = [{"at_s": 60 * minute, "rasa": 800.0 + 2 * minute} for minute in range(11)]
    assert load.steadiness(rows) == {"rasa": {"first": 800.0, "middle": 810.0, "last": 820.0, "most": 820.0, "per_minute": 2.0}}


def test_half_is_the_faq_s_a_fifth_the_manuals_and_hardly_a_question_comes_twice(phrases):
    said = list(itertools.islice(phrases.customer(1), 4_000))
    shares = {kind: sum(one.kind == kind for one in said) / len(said) for kind in ("faq", "manual", "talk")}
    assert shares == pytest.approx({"faq": 0.5, "manual": 0.2, "talk": 0.3}, abs=0.03)
    faq = [one.text for one in said if one.kind == "faq"]
    assert len(set(faq)) > 0.6 * len(faq) and len(phrases.by_kind["faq"]) > 500
    again, other = (list(itertools.islice(phrases.customer(seed), 50)) for seed in (1, 2))
    assert again == said[:50] != other


def test_nothing_of_the_test_sets_is_said(phrases):
    held_out = (ROOT / "tests/data/heldout_faq_queries.csv").read_text(encoding="utf-8").splitlines()[1:]
    asked = {line.rpartition(",")[0].strip('"') for line in held_out}
    assert asked.isdisjoint(phrases.by_kind["faq"]) and len(asked) > 300
