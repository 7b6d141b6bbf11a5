"""How messages lean, told by their morphemes; and that those which stand on their own do not."""

import csv
import json

import pytest

from bot.conversation.leaning import Lean, leaning
from bot.settings import ROOT

DATA = ROOT / "tests" / "data"


@pytest.mark.parametrize(
    ("text", "kind", "focus"),
    [
        ("에어컨은요?", Lean.FRAGMENT, "에어컨"),
        ("그럼 에어컨은?", Lean.FRAGMENT, "에어컨"),
        ("그럼에어컨은요", Lean.FRAGMENT, "에어컨"),
        ("청소기도 그래요?", Lean.FRAGMENT, "청소기"),
        ("제주도도 똑같아요?", Lean.FRAGMENT, "제주도"),
        ("RV-7 Pro는요?", Lean.FRAGMENT, "RV-7 Pro"),
        ("세탁기요", Lean.FRAGMENT, "세탁기"),
        ("카드로 하면요?", Lean.CONDITION, "카드"),
        ("이미 뜯었으면요?", Lean.CONDITION, "이미 뜯"),
        ("거기 전화번호는?", Lean.POINTING, ""),
        ("거기전화번호는", Lean.POINTING, ""),
        ("그건 얼마예요?", Lean.POINTING, ""),
        ("그 매장은 언제 쉬어요", Lean.POINTING, "매장"),
        ("며칠 걸려요?", Lean.BARE, ""),
        ("왜요?", Lean.MORE, ""),
        ("정말요?", Lean.SOURCE, ""),
        ("로봇청소기", Lean.FRAGMENT, "로봇청소기"),
        ("아니 그것도 아니에요", Lean.OTHER, ""),
        ("그럼 어디서 신청하는데요", Lean.CONNECTED, ""),
        ("무료예요?", Lean.CONNECTED, ""),
        ("다른 거 없어요?", Lean.OTHER, ""),
        ("아니 그거 말고", Lean.OTHER, ""),
        ("그래도 안 되면요?", Lean.OTHER, ""),
        ("아니 세탁기 말고 에어컨이요", Lean.OTHER, "에어컨이요"),
        ("그거 말고 환불은 언제 돼요?", Lean.OTHER, "환불은 언제 돼요?"),
        ("다시 한번 말해 주세요", Lean.REPEAT, ""),
        ("방금 뭐라고 했어요?", Lean.REPEAT, ""),
        ("출처가 어디예요", Lean.SOURCE, ""),
        ("더 자세히 알려줘", Lean.MORE, ""),
    ],
)
def test_how_a_message_leans(text, kind, focus):
    found = leaning(text)
    assert (found.kind, found.focus) == (kind, focus)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ㅋ",
        "😀",
        "배송비 얼마예요?",
        "CH05 뜨는데 이게 뭔 뜻이래요",
        "두 달 전에 고친 그 증상 그대로 또 나와요",
        "에어컨 끄지 말고 놔두는 게 나은가요?",
        "연말정산용 말고 회사 경비 처리용 전표 출력하려면요",
        "어떻게 신청해요?",
        "다시 한번 배송비 알려 주세요",
        "여기 주차돼요?",
    ],
)
def test_what_stands_on_its_own_leans_on_nothing(text):
    assert leaning(text) is None


def test_a_follow_up_by_its_intent_may_lean_where_its_words_alone_do_not():
    assert leaning("어떻게 신청해요?") is None
    assert leaning("어떻게 신청해요?", follows=True).kind is Lean.CONNECTED


def test_what_may_stand_on_its_own_says_so():
    assert leaning("반품은요?").stands
    assert not leaning("며칠 걸려요?").stands
    assert leaning("직접 고쳐도 돼요?").stands
    assert not leaning("거기 전화번호는?").stands
    assert leaning("이거 환불돼요?").stands  # what the customer holds in the hand


def test_decomposed_hangul_leans_alike():
    import unicodedata

    assert leaning(unicodedata.normalize("NFD", "그럼 에어컨은요?")).focus == "에어컨"


def test_of_the_development_questions_only_bare_nouns_may_lean():
    texts = [row["question"] for name in ("faq_queries.csv", "out_of_scope.csv") for row in rows(name)]
    texts += [json.loads(line)["question"] for line in (DATA / "manual_questions.jsonl").read_text("utf-8").splitlines()]
    assert len(texts) == 320
    found = {text: leaning(text) for text in texts}
    assert {text for text, lean in found.items() if lean and not lean.plain} == set()


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
