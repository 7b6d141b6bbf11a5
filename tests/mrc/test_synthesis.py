import random

import pytest

from mrc.answer_candidates import AnswerKind, candidates
from mrc.examples import read_examples
from mrc.interrogatives import as_modifier, as_question, has_final, particle, with_copula
from mrc.question_forms import Questioner
from mrc.synthesis import SynthesisConfig, passages, questions_from, synthesize, write_questions
from nlu.morphemes import analyze

ARTICLE = (
    "이순신 장군은 1545년 서울에서 태어났다. 그는 1576년에 무과에 급제하였고, 1591년에 전라좌수사로 임명되었다. "
    "명량 해전에서 조선 수군은 13척의 배로 일본 함대를 물리쳤다. 이순신은 1598년 12월 16일에 노량에서 전사하였다. "
    "현충사는 충청남도 아산시에 있는 사당이다. 입장료는 2,000원이며 매주 화요일에 쉰다."
)


def offered(text):
    morphemes = analyze(text)
    found = candidates(morphemes, text)
    return [(text[morphemes[c.first].start : morphemes[c.last - 1].end], c.kind) for c in found]


def asked(text, answer, seeds=40, title="대답"):
    """All questions for an answer that the first seeds give."""
    morphemes = analyze(text)
    (candidate,) = [
        c for c in candidates(morphemes, text) if text[morphemes[c.first].start : morphemes[c.last - 1].end] == answer
    ]
    made = (Questioner(text, morphemes, title, random.Random(seed)).question(candidate) for seed in range(seeds))
    return {question for question in made if question}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("필터는 6개월마다 한 번 청소해 주세요.", [("6개월", AnswerKind.NUMBER)]),
        (
            "세종은 1443년 12월에 훈민정음을 창제하였다.",
            [("세종", AnswerKind.THING), ("1443년 12월", AnswerKind.DAY), ("훈민정음", AnswerKind.THING)],
        ),
        (
            "이순신 장군은 1545년 서울에서 태어났다.",
            [("이순신 장군", AnswerKind.PERSON), ("1545년", AnswerKind.YEAR), ("서울", AnswerKind.PLACE)],
        ),
        ("그 영화는 일본에서 2억 원을 벌었다.", [("일본", AnswerKind.COUNTRY), ("2억 원", AnswerKind.MONEY)]),
        ("ㅋㅋㅋ 😀", []),
        ("", []),
    ],
)
def test_answers_that_a_sentence_offers(text, expected):
    assert [item for item in offered(text) if item[0] != "영화"] == expected


@pytest.mark.parametrize(
    ("text", "answer", "question"),
    [
        ("필터는 6개월마다 한 번 청소해 주세요.", "6개월", "필터는 몇 개월마다 한 번 청소해야 하나요?"),
        ("배송은 보통 3일이 걸립니다.", "3일", "배송은 며칠이 걸리나요?"),
        ("반품 배송비는 6,000원이며 고객이 부담합니다.", "6,000원", "반품 배송비는 얼마인가요?"),
        ("이순신 장군은 1545년 서울에서 태어났다.", "이순신 장군", "1545년 서울에서 태어난 사람은 누구예요?"),
        ("이순신 장군은 1545년 서울에서 태어났다.", "서울", "이순신 장군은 어디에서 태어났습니까?"),
        ("세종은 1443년 12월에 훈민정음을 창제하였다.", "1443년 12월", "세종은 언제 훈민정음을 창제했나요?"),
        ("조선의 제4대 왕인 세종은 훈민정음을 만들었다.", "세종", "조선의 제4대 왕은 누구인가요?"),
        ("UE 오류는 빨래가 한쪽으로 쏠리면 나타납니다.", "UE 오류", "빨래가 한쪽으로 쏠리면 무슨 오류가 나타나?"),
    ],
)
def test_questions_that_people_would_ask(text, answer, question):
    assert question in asked(text, answer)


def test_no_question_holds_its_answer():
    for sentence in ARTICLE.split(". "):
        text = sentence.rstrip(".") + "."
        for answer, _ in offered(text):
            assert all(answer not in question for question in asked(text, answer, seeds=10))


def test_endings_are_spelt_by_sound():
    assert with_copula("누구", "야?") == "누구야?" and with_copula("몇 명", "예요?") == "몇 명이에요?"
    assert with_copula("뭐", "인가요?") == "뭔가요?"
    assert particle("세종", "은", "는") == "세종은" and particle("필터", "은", "는") == "필터는"
    assert has_final("3") and not has_final("2") and has_final("KM")


def test_predicates_become_questions_and_modifiers():
    made = [("창제", "NNG"), ("하", "XSV"), ("었", "EP")]
    assert as_modifier(made, "verb") == "창제한"
    assert as_modifier([("높", "VA")], "adjective") == "높은"
    assert as_modifier([("살", "VV"), ("고", "EC"), ("있", "VX")], "verb") == "살고 있는"
    questions = {as_question(made, "verb", random.Random(seed)) for seed in range(60)}
    assert {"창제했는가?", "창제했나요?", "창제했을까?", "창제했습니까?", "창제했어?"} <= questions


def test_answers_stand_where_they_are_said_to():
    made = list(questions_from("이순신", ARTICLE, SynthesisConfig(passage_characters=100)))
    assert len(made) >= 4
    for question in made:
        start = question.answer_start
        assert question.context[start : start + len(question.answer)] == question.answer
        assert question.context in ARTICLE


def test_passages_follow_one_another():
    found = [(start, end) for start, end, _ in passages(ARTICLE, 80)]
    assert len(found) > 1 and found[0][0] == 0 and found[-1][1] == len(ARTICLE)
    assert all(ARTICLE[a[1] : b[0]].strip() == "" for a, b in zip(found, found[1:]))


def test_the_seed_decides():
    articles = [("이순신", ARTICLE), ("빈 글", ""), ("낱자", "ㅋㅋㅋ 😀")]
    first, again = list(synthesize(articles)), list(synthesize(articles))
    assert first == again and first
    assert first != list(synthesize(articles, SynthesisConfig(seed=1)))


def test_the_written_file_is_read_as_examples(tmp_path):
    texts, out = tmp_path / "texts.txt", tmp_path / "made.jsonl"
    texts.write_text(f"이순신\t{ARTICLE}\n", encoding="utf-8")
    n = write_questions(texts, out, 3, processes=1)
    found = read_examples(out)
    assert n == len(found.examples) == 3 and found.moved == 0 and found.malformed == []
