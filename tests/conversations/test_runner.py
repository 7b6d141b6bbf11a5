"""The runner itself: that it finds what is otherwise than expected."""

import pytest

from bot.journal import Journal
from bot.message import Button, Message

from .runner import check, message_of, play, read_script, tables_of

ANSWER = {"kind": "faq", "source": {"document": "F1"}}
REPLIES = [Message("7일이에요.", buttons=(Button("가", "/a"), Button("상담원 연결", "/human")), answer=ANSWER)]


def holds(**expect):
    return check(expect, REPLIES, "새 질문") == []


def test_each_expectation_can_hold_and_fail():
    assert holds(text="7일", kind="faq", source="F1", buttons=["가", "상담원 연결"], last_button="상담원 연결", unanswered="질문")
    assert holds(kind=["manual", "faq"], source=["F2", "F1"], **{"not": "8일"})
    assert not holds(text="8일")
    assert not holds(**{"not": "7일"})
    assert not holds(kind="manual")
    assert not holds(source="F2")
    assert not holds(buttons=["가"])
    assert not holds(last_button="가")
    assert not holds(unanswered="옛")
    assert not holds(unanswered=None)


ROWS = {"repair_requests": [{"id": 3, "product": "세탁기", "model": None}]}


def holds_for(found, /, **expect):
    return check(expect, REPLIES, None, found) == []


def test_rows_of_the_database_are_expected():
    row = {"table": "repair_requests", "product": "^세탁기$", "model": None}
    assert holds_for(ROWS, row=row, rows={"repair_requests": 1})
    assert not holds_for(ROWS, row={**row, "product": "에어컨"})
    assert not holds_for(ROWS, row={**row, "model": "DW"})
    assert not holds_for(ROWS, row={**row, "product": None})
    assert not holds_for({"repair_requests": ROWS["repair_requests"] * 2}, row=row)
    assert not holds_for({"repair_requests": []}, row=row)
    assert not holds_for(ROWS, rows={"repair_requests": 0})
    assert holds_for({"repair_requests": []}, rows={"repair_requests": 0})
    assert tables_of({"row": [row, {"table": "orders"}], "rows": {"turns": 1}}) == {"repair_requests", "orders", "turns"}


def test_new_rows_are_seen_in_the_database(tmp_path):
    journal = Journal(f"sqlite:///{tmp_path / 'j.db'}")
    script = read_script(
        write(
            tmp_path,
            """
turns:
- say: "가"
  expect: {row: {table: unanswered, question: "^가$"}, rows: {unanswered: 1, no_such_table: 0}}
- say: "나"
  expect: {rows: {unanswered: 2}}
""",
        )
    )

    def send(text):
        journal.write_unanswered(text, "rest", ())
        return [Message(text)]

    problems = play(script, send, journal)
    journal.close()
    assert [problem.split(": got")[0] for problem in problems][:1] == ["turn 2 ('나'): rows is not {'unanswered': 2}"]


def test_blank_and_internal_replies_are_never_right():
    assert "nothing was said" in check({}, [Message(" ")], None)
    assert "something internal was shown" in check({}, [Message("Traceback (most recent call last)")], None)


def write(tmp_path, text):
    path = tmp_path / "script.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_is_played(tmp_path):
    script = read_script(
        write(
            tmp_path,
            """
about: echo
turns:
- say: "가"
  expect: {text: "^가$", unanswered: null}
- press: "다시"
  expect: {text: "^/again$"}
- repeat: {text: "나", times: 3}
  expect: {text: "^나나$"}
- press: "없는 것"
""",
        )
    )
    journal = Journal(f"sqlite:///{tmp_path / 'j.db'}")
    problems = play(script, lambda text: [Message(text, buttons=(Button("다시", "/again"),))], journal)
    journal.close()
    assert [problem.split(":")[0] for problem in problems] == ["turn 3 ('나나나')"] * 2 + ["turn 4"]


def test_decomposed_text_is_sent(tmp_path):
    [turn] = read_script(write(tmp_path, "turns:\n- nfd: 각\n")).turns
    assert [ord(character) for character in message_of(turn, ())] == [0x1100, 0x1161, 0x11A8]


@pytest.mark.parametrize(
    "text",
    ["turns: []\n", "turns:\n- say: 가\nname: x\n", "turns:\n- say: 가\n  nfd: 나\n", "turns:\n- say: 가\n  expect: {txt: 나}\n"],
)
def test_a_wrong_script_is_refused(tmp_path, text):
    with pytest.raises(ValueError, match="script.yml"):
        read_script(write(tmp_path, text))
