import unicodedata
from dataclasses import replace

import pytest

from bot import messages
from bot.answer import Candidate, Kind, Source
from bot.cascade import Cascade
from bot.customer_message import Unusable
from bot.journal import Journal
from bot.settings import Settings
from retrieval.documents import Document

SETTINGS = Settings(
    faq_sure=0.7,
    faq_answer=0.6,
    faq_offer=0.2,
    max_candidates=1,
)
TEXT_BEFORE_7 = "1장 반품\n상품을 받은 날부터 "


@pytest.fixture
def cascade(stand_in_index, stand_in_reader, stand_in_choice, stand_in_judge, stand_in_scope):
    def make(confidences=None, span="", confidence=0.0, journal=None, has_passages=True):
        reader = stand_in_reader(span, confidence)
        index = stand_in_index(confidences or {}, has_passages)
        return Cascade(
            index, reader, SETTINGS, journal, judge_of=stand_in_judge, choice=stand_in_choice(reader), scope_of=stand_in_scope
        )

    return make


def test_a_sure_faq_match_is_the_answer_and_nothing_is_read(cascade):
    bot = cascade({"F1": 0.7, "F2": 0.1}, "7일", 0.99)
    answer = bot.answer("환불 기한이요")
    assert (answer.kind, answer.answer, answer.confidence) == (Kind.FAQ, "7일 안에 하시면 돼요.", 0.7)
    assert answer.evidence == "반품은 언제까지 되나요?"
    assert answer.source == Source("F1", "자주 묻는 질문", "반품")
    assert [c.id for c in answer.candidates] == ["F1", "F2"]
    assert bot.reader.asked == []


def test_a_question_or_phrasing_that_stands_in_the_faq_is_answered_whatever_the_search_says(cascade):
    bot = cascade({"F2": 0.1}, "2년", 0.9)
    for question in ("반품은 언제까지 되나요?", "반품은 언제까지되나요", " 환불 기한?! "):
        answer = bot.answer(question)
        assert (answer.kind, answer.source.document, answer.confidence) == (Kind.FAQ, "F1", 1.0)
    assert bot.index.asked == []


def test_a_phrasing_of_two_entries_is_left_to_the_search(cascade):
    bot = cascade({"F2": 0.9})
    first, second = bot.index.entries
    bot.index.entries = (first, replace(second, phrasings=("환불 기한",)))
    bot = Cascade(bot.index, bot.reader, SETTINGS, judge_of=bot._judge_of, choice=bot.choice, scope_of=bot._scope_of)
    assert bot.answer("환불 기한").source.document == "F2"


def test_a_link_is_shown_under_the_answer(cascade):
    assert cascade({"F2": 0.9}).answer("배송?").answer == "이틀 걸려요.\n자세히 보기: https://example.com/delivery"


def test_else_the_sure_reader_answers_with_its_sentence_and_source(cascade):
    bot = cascade({"F1": 0.49}, "7일", 0.5)
    answer = bot.answer("며칠 안에 반품해요?")
    start = len(TEXT_BEFORE_7)
    assert (answer.kind, answer.answer, answer.confidence) == (Kind.MANUAL, "7일", 0.5)
    assert "상품을 받은 날부터 7일 안에 반품을 신청할 수 있습니다." in answer.evidence
    assert "설치한" not in answer.evidence
    assert answer.source == Source("규정", "반품 규정", "1장 반품", 1, start, start + 2)
    assert bot.index.document("규정").text[answer.source.start : answer.source.end] == "7일"


def test_the_manuals_are_read_for_what_a_slip_of_the_pen_means(cascade):
    bot = cascade({"F1": 0.49}, "7일", 0.5)
    search, asked = bot.index.search_passages, []
    bot.index.search_passages = lambda query, k: asked.append(query) or search(query, k)
    assert bot.answer("며칠 안에 반뿜해요?").kind is Kind.MANUAL
    assert asked == ["며칠 안에 반품해요?"]


def test_the_likelier_of_faq_and_manual_answers(cascade):
    assert cascade({"F1": 0.61}, "7일", 0.62).answer("반품 기한을 알려 주세요").kind is Kind.MANUAL
    assert cascade({"F1": 0.63}, "7일", 0.62).answer("반품 기한을 알려 주세요").kind is Kind.FAQ
    assert cascade({"F1": 0.65}, "7일", 0.49).answer("반품 기한을 알려 주세요").kind is Kind.FAQ
    assert cascade({"F1": 0.59}, "7일", 0.49).answer("반품 기한을 알려 주세요").kind is Kind.CLARIFY


def test_an_entry_whose_figure_the_manuals_confirm_is_the_answer(cascade):
    answer = cascade({"F1": 0.65}, "7일", 0.9).answer("반품은 며칠 안에 해야 돼요?")
    assert (answer.kind, answer.source.document, answer.confidence) == (Kind.FAQ, "F1", 0.65)
    assert cascade({"F2": 0.65}, "7일", 0.9).answer("반품은 며칠 안에 해야 돼요?").kind is Kind.MANUAL
    assert cascade({"F1": 0.65}, "7일", 0.9).answer("반품하는 법이요").kind is Kind.MANUAL


def test_a_document_that_the_question_names_is_read_before_the_faq(cascade):
    assert cascade({"F1": 0.9}, "7일", 0.5).answer("반품 규정에서는 며칠이에요?").kind is Kind.MANUAL
    assert cascade({"F1": 0.9}, "7일", 0.31).answer("반품규정에서는 며칠이에요?").kind is Kind.MANUAL
    assert cascade({"F1": 0.9}, "7일", 0.29).answer("반품규정에서는 며칠이에요?").source.document == "규정"
    assert cascade({"F1": 0.9}, has_passages=False).answer("반품 규정에서는 며칠이에요?").kind is Kind.CLARIFY


def test_only_the_document_that_the_question_names_is_read(cascade):
    bot = cascade({}, "2년", 0.9)
    hits = bot.index.search_passages("q", 2)
    other = type(hits[0])(replace(hits[0].passage, document_id="다른 문서"), hits[0].text, 9.0)
    bot.index.search_passages = lambda query, k: [other, hits[1]]
    bot.answer("반품 규정에 보증 기간이 며칠이라고 되어 있어요?")
    assert [contexts for _, contexts in bot.reader.asked] == [[hits[1].text]]


def test_offsets_and_page_are_those_of_the_document_not_of_the_passage(cascade):
    answer = cascade({}, "2년", 0.9).answer("보증 기간은?")
    assert cascade().index.document("규정").text[answer.source.start : answer.source.end] == "2년"
    assert (answer.source.section, answer.source.page) == ("2장 보증", 2)


def test_unsure_evidence_gives_related_material_beside_the_nearest_questions(cascade):
    answer = cascade({"F1": 0.4, "F2": 0.1}, "2년", 0.3).answer("보증 기간 동안 고쳐 줘요?")
    assert (answer.kind, answer.answer) == (Kind.CLARIFY, messages.RELATED)
    assert answer.evidence == "보증 기간은 2년입니다."
    assert answer.candidates == (Candidate("F1", "반품은 언제까지 되나요?", 0.4),)
    assert answer.source.document == "규정"
    assert answer.confidence == 0.4


def test_what_has_few_of_the_questions_words_is_not_related(cascade):
    assert cascade({}, "2년", 0.3).answer("김치냉장고 온도 조절 기간은요?").kind is Kind.NONE


def test_only_near_questions_are_offered_without_related_material(cascade):
    answer = cascade({"F1": 0.4}, "2년", 0.05).answer("그거 언제까지예요?")
    assert (answer.kind, answer.answer, answer.source, answer.evidence) == (Kind.CLARIFY, messages.OFFER, None, None)
    assert answer.offers == (Candidate("F1", "반품은 언제까지 되나요?", 0.4),)


def test_what_nothing_comes_near_to_is_not_known_and_written_down(cascade, tmp_path):
    journal = Journal(f"sqlite:///{tmp_path / 'j.db'}")
    answer = cascade({"F1": 0.1}, journal=journal).answer("010-1234-5678 내일 비 와요?", channel="web")
    assert (answer.kind, answer.answer) == (Kind.NONE, messages.UNKNOWN)
    assert "모르겠어요" in answer.answer
    (row,) = journal.unanswered()
    assert (row.question, row.channel, row.candidates) == (
        "[전화번호] 내일 비 와요?",
        "web",
        (Candidate("F1", "반품은 언제까지 되나요?", 0.1),),
    )


def test_answered_and_unsure_questions_are_not_written_down(cascade, tmp_path):
    journal = Journal(f"sqlite:///{tmp_path / 'j.db'}")
    cascade({"F1": 0.9}, journal=journal).answer("반품")
    cascade({"F1": 0.4}, journal=journal).answer("반품")
    cascade(journal=journal).answer("ㅋㅋㅋ")
    assert journal.unanswered() == []


def test_the_customer_is_answered_even_if_the_database_is_gone(cascade):
    class Broken:
        def write_unanswered(self, *arguments):
            raise OSError("disk full")

    assert cascade(journal=Broken()).answer("내일 비 와요?").kind is Kind.NONE


def test_near_questions_are_offered_where_they_are_likely_together(cascade):
    assert cascade({"F1": 0.11, "F2": 0.1}).answer("그거 언제까지예요?").offers == (
        Candidate("F1", "반품은 언제까지 되나요?", 0.11),
    )
    assert cascade({"F1": 0.11, "F2": 0.08}).answer("그거 언제까지예요?").kind is Kind.NONE


def test_an_index_without_passages_or_entries(cascade):
    assert cascade(has_passages=False).answer("반품 되나요?").kind is Kind.NONE
    assert cascade({"F1": 0.9}, has_passages=False).answer("반품 되나요?").kind is Kind.FAQ


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Unusable.EMPTY),
        ("\x00\x1b \u200b", Unusable.EMPTY),
        ("😀", Unusable.NO_WORDS),
        ("ㅋㅋㅋ", Unusable.JAMO),
        ("가" * 10_000, Unusable.TOO_LONG),
        ("How can I return it?", Unusable.FOREIGN),
        ("SELECT * FROM users;", Unusable.FOREIGN),
        ("<script>alert(1)</script>", Unusable.EMPTY),
    ],
)
def test_bad_input_gets_a_sentence_and_is_not_searched(cascade, text, reason):
    bot = cascade({"F1": 0.9})
    answer = bot.answer(text)
    assert (answer.kind, answer.question) == (Kind.CLARIFY, text)
    assert answer.answer == messages.UNUSABLE[reason].format(limit=1000)
    assert bot.index.asked == []


def test_nfd_and_markup_are_searched_in_their_clean_form(cascade):
    bot = cascade({"F1": 0.9})
    bot.answer(unicodedata.normalize("NFD", " <p>반품  되나요?</p>"))
    assert bot.index.asked == ["반품 되나요?"]


def test_a_chosen_entry_is_answered(cascade):
    assert cascade().answer_entry("F1").answer == "7일 안에 하시면 돼요."
    assert cascade().answer_entry("F1").kind is Kind.FAQ
    unknown = cascade().answer_entry("nothing")
    assert (unknown.kind, unknown.answer) == (Kind.CLARIFY, messages.UNKNOWN_ENTRY)
