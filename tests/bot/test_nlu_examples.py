import pytest

from bot.nlu_examples import Example, intents_of, problems, read_examples

GOOD = """version: "3.1"

# a comment
nlu:
- intent: greet
  examples: |
    - 안녕
    - 안녕하세요
- intent: ask
  examples: |
    - 배송 언제 와요
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
"""


@pytest.fixture
def folder(tmp_path):
    def write(text, name="a.yml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_examples_know_their_line(folder):
    assert read_examples(folder(GOOD)) == [
        Example("안녕", "greet", "a.yml", 7),
        Example("안녕하세요", "greet", "a.yml", 8),
        Example("배송 언제 와요", "ask", "a.yml", 11),
    ]
    assert problems(folder(GOOD), ["greet", "ask"]) == []


def test_an_unknown_intent_is_named_with_its_line(folder):
    assert problems(folder(GOOD), ["greet"]) == [
        "a.yml 9행: domain.yml에 없는 의도예요: ask. 이름을 고치거나 domain.yml에 적어 주세요."
    ]


def test_an_example_under_two_intents_is_named_with_both_lines(folder):
    folder(GOOD)
    where = folder("nlu:\n- intent: ask\n  examples: |\n    - 안녕 \n", "b.yml")
    [told] = problems(where, ["greet", "ask"])
    assert told == "b.yml 4행: 같은 예문 '안녕' — ask에도 있고 a.yml 7행의 greet에도 있어요. 한쪽에서 지워 주세요."


def test_an_intent_without_examples_is_named(folder):
    where = folder("nlu:\n- intent: greet\n  examples: |\n- intent: stop\n- intent: ask\n  examples: |\n    - 배송\n")
    assert problems(where, ["greet", "ask", "stop"]) == [
        "a.yml 2행: 예문이 없는 의도예요: greet. 예문을 적거나 지워 주세요.",
        "a.yml 4행: 예문이 없는 의도예요: stop. 예문을 적거나 지워 주세요.",
    ]


def test_intents_of_a_domain(tmp_path):
    (tmp_path / "d.yml").write_text("intents:\n- greet\n- ask:\n    use_entities: []\n", encoding="utf-8")
    assert intents_of(tmp_path / "d.yml") == ["greet", "ask"]
