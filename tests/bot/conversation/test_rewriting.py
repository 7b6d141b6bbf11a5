import numpy as np
import pytest

from bot.conversation.leaning import leaning
from bot.conversation.memory import Memory
from bot.conversation.particles import topic, with_particle
from bot.conversation.products import Products
from bot.conversation.rewriting import rewritten, subject

PRODUCTS = Products(("오븐", "식기세척기", "커피머신"), {"code/e1": "오븐"})


class Words:
    """Two nouns that are alike, and one that is not."""

    known = {"평일": (1.0, 0.0), "주말": (0.9, 0.4), "오븐": (0.0, 1.0)}

    def morpheme_vector(self, form, tag):
        vector = self.known.get(form)
        return None if vector is None else np.array(vector) / np.linalg.norm(vector)


def whole(text, question, topic=None, follows=False):
    found = leaning(text, follows=follows)
    return rewritten(found, Memory(question=question, topic=topic), PRODUCTS, Words())


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("세탁기 배수 필터는 얼마나 자주 청소해요?", "세탁기 배수 필터"),
        ("수리는 어떻게 접수해요?", "수리"),
        ("반품하려면 며칠 안에 신청해야 해요?", "반품"),
        ("오븐에 E1이 떠요", "오븐 E1"),
        ("며칠 걸려요?", ""),
        ("", ""),
    ],
)
def test_what_a_question_is_about(question, about):
    assert subject(question) == about


def test_a_product_takes_the_place_of_the_one_named_or_goes_before():
    assert whole("식기세척기는요?", "오븐은 배송비가 얼마예요?") == ("식기세척기는 배송비가 얼마예요?",)
    assert whole("오븐은?", "배송비가 얼마예요?") == ("오븐 배송비가 얼마예요?",)


def test_a_part_of_a_product_s_name_is_enough_where_no_other_ends_so():
    assert whole("머신은요?", "오븐 소음이 커요?") == ("커피머신 소음이 커요?",)


def test_a_code_takes_the_place_of_a_code():
    assert whole("E2는요?", "오븐에 E1이 떠요") == ("오븐에 E2가 떠요",)


def test_another_noun_is_asked_about_or_takes_the_place_of_one_alike():
    found = whole("주말은요?", "평일은 몇 시까지 해요?")
    assert found[0] == "주말은 몇 시까지 해요?"
    assert "오븐 문짝만 따로 팔아요?" in whole("문짝은요?", "오븐 손잡이만 따로 팔아요?")


def test_what_points_back_becomes_what_was_talked_about():
    assert whole("거기 전화번호는?", "강남 매장 몇 시에 닫아요?") == ("강남 매장 전화번호는?",)
    assert whole("그 매장은 언제 쉬어요?", "강남 매장 어디예요?") == ("강남 매장은 언제 쉬어요?",)
    assert whole("그건 얼마예요?", "필터는 언제 갈아요?", "오븐 필터는 언제 바꿔요?") == ("필터 얼마예요?", "오븐 필터 얼마예요?")


def test_a_bare_question_is_asked_of_what_was_talked_about():
    assert whole("며칠 걸려요?", "수리는 어떻게 접수해요?")[0] == "수리 며칠 걸려요?"
    assert whole("어떻게 신청해요?", "환불 되나요?", follows=True)[0] == "환불 어떻게 신청해요?"


def test_nothing_remembered_nothing_rewritten():
    assert whole("거기 전화번호는?", None) == ()
    assert whole("오븐은요?", None) == ()
    assert whole("며칠 걸려요?", "얼마예요?") == ()


def test_a_noun_without_a_particle_leans_only_where_it_is_a_product():
    assert whole("전화번호", "배송비 얼마예요?") == ()
    assert whole("오븐", "배송비 얼마예요?") == ("오븐 배송비 얼마예요?",)


def test_particles_fit_the_word_before_them():
    assert with_particle("카드이 돼요", 2) == "카드가 돼요"
    assert with_particle("무통장로 냈어요", 3) == "무통장으로 냈어요"
    assert with_particle("서울으로 가요", 2) == "서울로 가요"
    assert with_particle("카드만 돼요", 2) == "카드만 돼요"
    assert with_particle("RV-7가 떠요", 4) == "RV-7이 떠요"
    assert with_particle("CH5으로 바꿔요", 3) == "CH5로 바꿔요"
    assert with_particle("E1으로 바꿔요", 2) == "E1로 바꿔요"
    assert (topic("오븐"), topic("카드"), topic("")) == ("오븐은", "카드는", "는")


def test_products_are_named_by_name_part_and_code():
    assert PRODUCTS.named("식기 세척기에서 E1") == ("식기세척기", "오븐")
    assert [one.product for one in PRODUCTS.mentions("커피머신과 오븐")] == ["커피머신", "오븐"]
    assert PRODUCTS.one_of("식기요", PRODUCTS.names) == "식기세척기"
    assert PRODUCTS.one_of("기계", PRODUCTS.names) is None
    assert Products(("로봇청소기", "무선청소기")).named("청소기") == ()  # either may be meant
