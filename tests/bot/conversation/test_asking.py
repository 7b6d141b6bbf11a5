"""Messages in their conversation, over a hand-made cascade that knows a few questions."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from bot import messages
from bot.answer import Answer, Candidate, Kind, Source
from bot.conversation.asking import Circumstances, another, ask, chosen, refused
from bot.conversation.memory import Memory
from bot.conversation.sureness import lifted
from bot.settings import Settings
from retrieval.documents import Document, FaqEntry

ENTRIES = {
    entry.id: entry
    for entry in (
        FaqEntry("oven-smell", "오븐", "오븐", "오븐에서 냄새가 나요", (), "헝겊으로 닦아 주세요.", None),
        FaqEntry("coffee-smell", "커피", "커피머신", "커피머신에서 냄새가 나요", (), "물로 헹궈 주세요.", None),
        FaqEntry("send", "배송", None, "배송은 며칠 걸려요?", (), "이틀 걸려요.", None),
        FaqEntry("send-oven", "배송", "오븐", "오븐 배송은 며칠 걸려요?", (), "닷새 걸려요.", None),
        FaqEntry("shop", "매장", None, "강남점은 어디예요?", ("강남점 전화번호",), "강남구예요. 02-555-0101", None),
        FaqEntry("shop-2", "매장", None, "서면점은 어디예요?", (), "서면이에요.", None),
    )
}
NEAR = {
    "냄새가 나요": {"oven-smell": 0.6, "coffee-smell": 0.3},
    "오븐 냄새가 나요": {"oven-smell": 0.97},
    "커피머신 냄새가 나요": {"coffee-smell": 0.96, "oven-smell": 0.02},
    "배송 며칠 걸려요?": {"send": 0.97, "send-oven": 0.02},
    "오븐 배송 며칠 걸려요?": {"send-oven": 0.98},
    "강남점 어디예요?": {"shop": 0.98},
    "강남점 전화번호는?": {"shop": 0.97},
    "서면점 어디예요?": {"shop-2": 0.97},
    "뭐가 좋아요": {"send": 0.5, "shop": 0.2, "shop-2": 0.19, "send-oven": 0.15, "oven-smell": 0.1},
}


class Hit(NamedTuple):
    entry: FaqEntry
    confidence: float


class NoVectors:
    def morpheme_vector(self, form, tag):
        return None


@dataclass(eq=False)
class StandInIndex:
    entries = tuple(ENTRIES.values())
    documents: tuple[Document, ...] = ()
    vectors = NoVectors()
    products = frozenset({"오븐", "커피머신"})

    def entry(self, id):
        return ENTRIES.get(id)

    def search_faq(self, query, k=5):
        return [Hit(ENTRIES[id], score) for id, score in NEAR.get(query, {}).items()][:k]


@dataclass
class StandInCascade:
    settings: Settings = field(default_factory=Settings)
    index: StandInIndex = field(default_factory=StandInIndex)
    asked: list[str] = field(default_factory=list)

    def nearest(self, question, k=5, *, least_share=0.0):
        return tuple(Candidate(id, ENTRIES[id].question, score) for id, score in NEAR.get(question, {}).items())[:k]

    def sure_answer(self, question):
        answer = self.look_up(question)
        return answer if answer.kind is Kind.FAQ and answer.confidence >= self.settings.faq_sure else None

    def look_up(self, question, *, least=0.0):
        self.asked.append(question)
        near = self.nearest(question)
        if not near or near[0].score < least:
            return Answer(question, Kind.NONE, messages.UNKNOWN, 0.0, candidates=near)
        if near[0].score < self.settings.faq_answer:
            return Answer(question, Kind.CLARIFY, messages.OFFER, near[0].score, candidates=near[:3])
        return self._faq(question, near[0].id, near[0].score, near)

    def answer_entry(self, id):
        if id not in ENTRIES:
            return Answer(id, Kind.CLARIFY, messages.UNKNOWN_ENTRY, 0.0)
        return self._faq(ENTRIES[id].question, id, 1.0, ())

    def _faq(self, question, id, score, near):
        source = Source(id, messages.FAQ_TITLE, ENTRIES[id].category)
        return Answer(question, Kind.FAQ, ENTRIES[id].answer, score, ENTRIES[id].question, source, near)


@pytest.fixture
def cascade():
    return StandInCascade()


def talk(cascade, *texts, **about):
    """The last reply of a conversation in which every answer is taken as it is."""
    reply, memory = None, Memory()
    for text in texts:
        reply = ask(cascade, text, memory, Circumstances(**about))
        memory = reply.memory
    return reply


def source(reply):
    return reply.answer.source and reply.answer.source.document


def test_a_message_that_stands_on_its_own_is_asked_as_it_is(cascade):
    reply = talk(cascade, "강남점 어디예요?", "배송 며칠 걸려요?")
    assert (source(reply), reply.understood, cascade.asked) == ("send", None, ["강남점 어디예요?", "배송 며칠 걸려요?"])
    assert reply.memory == Memory(question="배송 며칠 걸려요?", topic="배송은 며칠 걸려요?", shown=("send",))


def test_another_product_is_asked_about_and_remembered(cascade):
    reply = talk(cascade, "배송 며칠 걸려요?", "오븐은요?")
    assert (source(reply), reply.understood, reply.memory.product) == ("send-oven", "오븐 배송 며칠 걸려요?", "오븐")


def test_a_place_is_pointed_at(cascade):
    assert source(talk(cascade, "강남점 어디예요?", "거기 전화번호는?")) == "shop"
    assert source(talk(cascade, "강남점 어디예요?", "서면점은요?")) == "shop-2"


def test_an_ambiguous_question_is_asked_back_and_completed(cascade):
    back = talk(cascade, "냄새가 나요")
    assert (back.answer.kind, back.answer.answer, back.choices) == (Kind.CLARIFY, messages.WHICH_PRODUCT, ("커피머신", "오븐"))
    for said in ("오븐", "오븐이요", "음, 오븐이요"):
        reply = ask(cascade, said, back.memory)
        assert (source(reply), reply.understood, reply.memory.pending) == ("oven-smell", "오븐 냄새가 나요", None)
    pressed = ask(cascade, '/follow_up{"product": "커피머신"}', back.memory, Circumstances(product="커피머신"))
    assert source(pressed) == "coffee-smell"


def test_who_goes_on_with_another_question_is_not_held_to_the_one_asked_back(cascade):
    reply = talk(cascade, "냄새가 나요", "강남점 어디예요?")
    assert (source(reply), reply.memory.pending) == ("shop", None)


def test_the_product_spoken_of_is_taken_for_an_ambiguous_question(cascade):
    reply = talk(cascade, "오븐 배송 며칠 걸려요?", "냄새가 나요")
    assert (source(reply), reply.understood, reply.choices) == ("oven-smell", "오븐 냄새가 나요", ())


def test_the_second_unknown_question_offers_a_human_first(cascade):
    first = talk(cascade, "모르는 말")
    assert (first.answer.kind, first.offers_human) == (Kind.NONE, False)
    second = ask(cascade, "또 모르는 말", first.memory)
    assert (second.offers_human, second.answer.answer, second.memory.disappointments) == (True, messages.UNKNOWN_AGAIN, 0)


def test_a_sure_answer_between_ends_the_row(cascade):
    memory = talk(cascade, "모르는 말").memory
    assert memory.disappointments == 1
    answered = ask(cascade, "배송 며칠 걸려요?", memory)
    assert answered.memory.disappointments == 1  # it may yet be refused
    again = ask(cascade, "모르는 말", answered.memory, Circumstances(was_answered=True))
    assert (again.offers_human, again.memory.disappointments) == (False, 1)


def test_others_are_those_not_shown_yet_until_there_are_none(cascade):
    offered = talk(cascade, "뭐가 좋아요")
    assert offered.memory.shown == ("send", "shop", "shop-2")
    more = refused(cascade, "다른 거", offered.memory)
    assert ([one.id for one in more.answer.offers], more.memory.disappointments) == (["send-oven", "oven-smell"], 0)
    end = refused(cascade, "아니 그거 말고", more.memory)
    assert (end.answer.answer, end.answer.offers, end.memory.disappointments) == (messages.NO_OTHERS, (), 1)
    assert refused(cascade, "그거 말고", end.memory).offers_human


def test_what_is_named_instead_is_answered(cascade):
    told = talk(cascade, "오븐 배송 며칠 걸려요?")
    reply = refused(cascade, "아니 그거 말고 강남점 어디예요?", told.memory)
    assert (source(reply), reply.memory.disappointments) == ("shop", 1)
    smell = talk(cascade, "오븐 냄새가 나요")
    other = refused(cascade, "아니 오븐 말고 커피머신이요", smell.memory)
    assert (source(other), other.memory.disappointments) == ("coffee-smell", 0)


def test_refused_without_a_question_asks_for_one(cascade):
    assert another(cascade, Memory()).answer.answer == messages.NOTHING_BEFORE


def test_what_may_be_small_talk_is_answered_only_where_it_is_sure(cascade):
    assert ask(cascade, "고마워요", Memory(), Circumstances(only_sure=True)) is None
    assert source(ask(cascade, "강남점 어디예요?", Memory(), Circumstances(only_sure=True))) == "shop"
    memory = talk(cascade, "배송 며칠 걸려요?").memory
    assert source(ask(cascade, "오븐은요?", memory, Circumstances(only_sure=True))) == "send-oven"


def test_what_is_out_of_scope_is_not_remembered_as_the_question(cascade):
    memory = talk(cascade, "배송 며칠 걸려요?").memory
    reply = ask(cascade, "뭐가 좋아요", memory, Circumstances(least=0.9))
    assert (reply.answer.kind, reply.memory.question) == (Kind.NONE, "배송 며칠 걸려요?")


def test_the_answer_itself_is_asked_about(cascade):
    told = talk(cascade, "배송 며칠 걸려요?")
    about = Circumstances(last=told.answer)
    assert ask(cascade, "다시 말해 주세요", told.memory, about).answer == told.answer
    where = ask(cascade, "출처가 어디예요?", told.memory, about).answer
    assert where.answer == "자주 묻는 질문의 ‘배송은 며칠 걸려요?’ 항목에 나와 있어요."


def test_a_chosen_entry_is_answered_and_leant_on(cascade):
    reply = chosen(cascade, "shop", Memory(disappointments=1))
    assert (source(reply), reply.memory.question, reply.memory.disappointments) == ("shop", "강남점은 어디예요?", 0)
    assert chosen(cascade, "gone", Memory()).answer.answer == messages.UNKNOWN_ENTRY


def test_a_product_out_of_the_blue_is_asked_about(cascade):
    reply = talk(cascade, "오븐은요?")
    assert (reply.answer.kind, reply.answer.answer) == (Kind.CLARIFY, "오븐의 어떤 점이 궁금하세요?")
    assert source(ask(cascade, "냄새가 나요", reply.memory)) == "oven-smell"


def test_a_product_after_a_question_nobody_could_answer_is_asked_about():
    memory = Memory(question="오븐에서 별이 보여요", shown=("oven-smell",))
    reply = ask(StandInCascade(), "그럼 커피머신은요?", memory)
    assert (reply.answer.kind, reply.answer.answer) == (Kind.CLARIFY, "커피머신의 어떤 점이 궁금하세요?")
    assert (reply.memory.product, reply.understood) == ("커피머신", None)
    answered = ask(StandInCascade(), "그럼 커피머신은요?", memory, Circumstances(was_answered=True))
    assert answered.understood == "커피머신에서 별이 보여요"


def test_what_the_company_does_not_have_is_not_answered_for_what_it_has():
    cascade = StandInCascade()
    NEAR["오븐 냉장고 며칠 걸려요?"] = {"send-oven": 0.9}
    try:
        reply = ask(cascade, "냉장고는요?", Memory(question="오븐 배송 며칠 걸려요?"), Circumstances(was_answered=True))
    finally:
        del NEAR["오븐 냉장고 며칠 걸려요?"]
    assert reply.answer.kind is Kind.NONE


@pytest.mark.parametrize("text", ["010-1234-5678", "거기요", "왜요?", "2026", "서울 성북구 정릉로 77", "집 전화 02-912-3456"])
def test_what_says_nothing_is_no_unanswered_question(text):
    reply = ask(StandInCascade(), text, Memory())
    assert (reply.answer.kind, reply.answer.answer) == (Kind.CLARIFY, messages.NOTHING_BEFORE)


def test_another_mind_is_another_question():
    memory = Memory(question="서면점 어디예요?", shown=("shop-2",))
    reply = refused(StandInCascade(), "아 아니다 강남점 어디예요?", memory)
    assert (reply.answer.source.document, reply.offers_human, reply.memory.disappointments) == ("shop", False, 0)


def test_of_what_nobody_knew_there_is_nothing_else():
    memory = Memory(question="뭐가 좋아요")
    assert another(StandInCascade(), memory).answer.offers
    reply = refused(StandInCascade(), "다른 거", memory, Circumstances(was_unknown=True))
    assert (reply.answer.answer, reply.answer.offers) == (messages.NO_OTHERS, ())


def test_a_neighbour_of_what_was_answered_needs_less_to_be_sure(cascade):
    assert lifted(0.5) == pytest.approx(0.8) and (lifted(0.0), lifted(1.0)) == (0.0, 1.0)
    shop = ask(cascade, "강남점 어디예요?", Memory())
    reply = ask(cascade, "서면점은?", shop.memory)
    assert (reply.answer.kind, source(reply), reply.understood) == (Kind.FAQ, "shop-2", "서면점 어디예요?")
