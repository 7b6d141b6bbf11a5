"""The repair form without Rasa: a draft and a message in, the next draft and what is said out."""

from datetime import timedelta

import pytest

from bot.skills.repair import CONFIRM, EDIT, Draft, Outcome, Said, step

FULL = {
    "product": "세탁기", "model": "DW-F25D", "symptom": "물이 새요", "address": "서울시 마포구 양화로 12",
    "phone": "01012345678", "date": "2026-11-24 오후",
}  # fmt: skip


@pytest.fixture
def draft(now):
    """A draft asked for a slot, with some of FULL known, talked to a minute ago."""

    def make(asked, *known, **more):
        values = {name: FULL[name] for name in known}
        return Draft(values, asked, key="k", seen_at=(now - timedelta(minutes=1)).isoformat()).replace(**more)

    return make


@pytest.fixture
def talk(config, now):
    """The last step of a conversation that begins with `draft`."""

    def say(draft, *texts, config=config, intent=""):
        for text in texts:
            taken = step(draft, None if text is None else Said(text, intent), config, now, "key")
            draft = taken.draft
        return taken

    return say


def said(taken):
    return "\n".join(reply.text for reply in taken.replies)


def test_the_first_message_fills_what_it_holds(talk):
    taken = talk(Draft(), "세탁기에서 물이 새요. 서울시 마포구 양화로 12로 내일 오후에 와 주세요. 010-1234-5678이에요")
    assert taken.draft.values == {name: value for name, value in FULL.items() if name != "model"} | {
        "symptom": "세탁기에서 물이 새요"
    }
    assert (taken.draft.asked, taken.draft.key, taken.outcome) == ("model", "key", Outcome.GOES_ON)
    assert "· 전화번호: 010-1234-5678" in said(taken) and taken.replies[-1].text.startswith("모델명")


def test_all_is_asked_for_in_the_configured_order_and_confirmed(talk):
    answers = ["세탁기", "DW-F25D", "물이 새요", "서울시 마포구 양화로 12", "010-1234-5678", "내일 오후"]
    taken = talk(Draft(), "수리 접수할게요", *answers)
    assert (taken.draft.values, taken.draft.asked) == (FULL, CONFIRM)
    assert [title for title, _ in taken.replies[-1].buttons] == ["네, 접수할게요", "고칠게요", "그만둘게요"]
    assert talk(taken.draft, "네").outcome is Outcome.CONFIRMED
    assert talk(taken.draft, "네").draft.values == FULL


@pytest.mark.parametrize("text", ["네", "넵", "예 접수해 주세요", "ㅇㅇ", "좋아요", "그래요", "네, 접수할게요", "ok"])
def test_yes(talk, draft, text):
    assert talk(draft(CONFIRM, *FULL), text).outcome is Outcome.CONFIRMED


@pytest.mark.parametrize(
    "text", ["아니요", "네 근데 주소가 틀렸어요", "음", "네?? 아니 잘못됐어요", "네 " * 30, "전화번호 다시 적을게요", "🙏"]
)
def test_no_yes(talk, draft, text):
    assert talk(draft(CONFIRM, *FULL), text).outcome is Outcome.GOES_ON


def test_a_correction_in_the_middle_leaves_the_question_open(talk, draft):
    taken = talk(draft("date", "product", "model", "symptom", "address", "phone"), "아니 번호 010-9999-8888로요")
    assert (taken.draft.values["phone"], taken.draft.asked, taken.draft.failures) == ("01099998888", "date", 0)
    assert "바꿨어요. 전화번호: 010-9999-8888" in said(taken) and "언제 방문" in said(taken)


def test_what_is_there_is_not_changed_by_the_way(talk, draft):
    taken = talk(draft("symptom", "product", "model"), "에어컨 옆에 둔 다음부터 소리가 나요")
    assert taken.draft.values["product"] == "세탁기"
    assert taken.draft.values["symptom"] == "에어컨 옆에 둔 다음부터 소리가 나요"


def test_the_day_something_broke_is_no_day_to_come(talk, draft):
    taken = talk(draft("symptom", "product", "model"), "어제부터 물이 새요")
    assert taken.draft.values["symptom"] == "어제부터 물이 새요"
    assert "date" not in taken.draft.values


@pytest.mark.parametrize(
    ("text", "slot"), [("주소 잘못 적었어요", "address"), ("전화번호 바꿀게요", "phone"), ("날짜 변경할게요", "date")]
)
def test_a_slot_named_to_be_changed_is_asked_for(talk, draft, text, slot):
    taken = talk(draft(CONFIRM, *FULL), text)
    assert (taken.draft.asked, slot in taken.draft.values) == (slot, False)


def test_no_at_the_summary_asks_what_to_change(talk, draft):
    taken = talk(draft(CONFIRM, *FULL), "고칠게요")
    assert taken.draft.asked == EDIT
    assert [title for title, _ in taken.replies[0].buttons] == [
        "제품",
        "모델",
        "증상",
        "주소",
        "전화번호",
        "희망일",
        "그만둘게요",
    ]
    assert talk(taken.draft, "증상").draft.asked == "symptom"
    direct = talk(taken.draft, "부산시 해운대구 우동 12-3")
    assert (direct.draft.asked, direct.draft.values["address"]) == (CONFIRM, "부산시 해운대구 우동 12-3")


def test_a_question_in_between_costs_nothing(talk, draft):
    taken = talk(draft("phone", "product", failures=1), None)
    assert (taken.draft.asked, taken.draft.failures) == ("phone", 1)
    assert "전화번호를 알려" in said(taken)


@pytest.mark.parametrize("asked", ["product", "model", "symptom", "address", "phone", "date", CONFIRM, EDIT])
@pytest.mark.parametrize("text", ["됐어요 취소할게요", "그만할래요", "취소", "그만둘게요"])
def test_stop_anywhere(talk, draft, asked, text):
    taken = talk(draft(asked, *(FULL if asked in (CONFIRM, EDIT) else ())), text)
    assert taken.outcome is Outcome.STOPPED
    assert "저장하지 않았어요" in said(taken)


def test_a_broken_machine_that_stops_is_no_stop(talk, draft):
    taken = talk(draft("symptom"), "돌다가 멈춰요", intent="ask")
    assert taken.draft.values["symptom"] == "돌다가 멈춰요"


@pytest.mark.parametrize("asked", ["product", "symptom", "address", "phone", CONFIRM])
def test_a_human_anywhere(talk, draft, asked):
    assert talk(draft(asked, *(FULL if asked == CONFIRM else ())), "상담원 바꿔 주세요").outcome is Outcome.HANDED_OVER


def test_a_needed_slot_is_asked_for_four_times_and_then_handed_over(talk, draft):
    taken = talk(draft("address"), "집이요")
    assert (taken.draft.failures, taken.replies[-1].buttons) == (1, ())
    taken = talk(taken.draft, "우리 집")
    assert (taken.draft.failures, taken.replies[-1].buttons) == (2, (("상담원 연결", "/human"),))
    taken = talk(taken.draft, "거기요")
    assert taken.outcome is Outcome.GOES_ON
    taken = talk(taken.draft, "몰라요")
    assert (taken.outcome, taken.draft.failures) == (Outcome.HANDED_OVER, 0)


def test_an_optional_slot_is_skipped_by_wish_or_in_the_end(talk, draft):
    assert talk(draft("model"), "모르겠어요").draft.values["model"] == ""
    taken = talk(draft("date"), "글쎄", "음", "저기")
    assert (taken.draft.asked, taken.draft.failures) == ("date", 3)
    assert talk(taken.draft, "흠").draft.values["date"] == ""


def test_an_answer_to_the_point_forgets_the_failures(talk, draft):
    assert talk(draft("address", failures=3), "서울시 마포구 양화로 12").draft.failures == 0


BAD = [
    "",
    " ",
    "😀😀😀",
    "ㅋㅋㅋ",
    "ㄱ",
    "???",
    "/reaction",
    "/long_message",
    "' OR 1=1",
    "\u200b",
    "a" * 10_000,
    "😀" * 10_000,
    "가" * 10_000,
]


@pytest.mark.parametrize("asked", ["product", "model", "phone", "date", "address"])
@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_bad_input_fills_nothing_and_is_said_kindly(talk, draft, asked, text):
    taken = talk(draft(asked), text)
    assert (dict(taken.draft.values), taken.draft.asked, taken.outcome) == ({}, asked, Outcome.GOES_ON)
    assert ("알아보지 못했어요" if asked != "product" else "어떤 제품인가요?") in said(taken)


@pytest.mark.parametrize("number", [n for n, text in enumerate(BAD) if not text.startswith(("a", "가", "'"))])
def test_a_symptom_has_words(talk, draft, number):
    assert "symptom" not in talk(draft("symptom"), BAD[number]).draft.values


@pytest.mark.parametrize(
    ("text", "intent"),
    [("고마워요", "thanks"), ("안녕하세요", "greet"), ("주문 조회해 주세요", "check_order"), ("수리비 얼마예요", "ask")],
)
def test_what_is_no_symptom_is_not_taken_for_one(talk, draft, text, intent):
    assert "symptom" not in talk(draft("symptom"), text, intent=intent).draft.values


def test_a_day_nobody_comes_keeps_what_else_was_said(talk, draft):
    taken = talk(draft("date", "product", "model", "symptom", "address"), "일요일이요 번호는 010-1234-5678")
    assert (taken.draft.values["phone"], taken.draft.asked) == ("01012345678", "date")
    assert "일요일에는" in said(taken)


def test_a_form_left_for_an_hour_goes_on(talk, draft, now):
    left = draft("phone", "product", "model", "symptom", "address", seen_at=(now - timedelta(hours=1)).isoformat())
    taken = talk(left, "010-1234-5678")
    assert (taken.draft.asked, taken.draft.key) == ("date", "k")
    assert said(taken).startswith("적어 주시던 수리 접수를 이어서 할게요.")


def test_a_new_wish_an_hour_later_goes_on_as_well(talk, draft, now):
    left = draft("phone", "product", seen_at=(now - timedelta(hours=1)).isoformat())
    taken = talk(left, "수리 접수할게요", intent="request_repair")
    assert (taken.draft.asked, taken.draft.failures) == ("model", 0)


def test_a_form_left_for_a_day_begins_anew(talk, draft, now):
    left = draft("phone", "product", "address", seen_at=(now - timedelta(days=2)).isoformat())
    taken = talk(left, "수리 접수할게요")
    assert (dict(taken.draft.values), taken.draft.asked, taken.draft.key) == ({}, "product", "key")


def test_a_company_s_own_slots(talk, own_config):
    taken = talk(Draft(), "수리 접수할게요", "문이 안 닫혀요", config=own_config)
    assert said(taken) == "몇 층이에요?"
    assert "층수" in said(talk(taken.draft, "글쎄요", config=own_config))
    taken = talk(taken.draft, "12층이요", config=own_config)
    assert (taken.draft.values["floor"], taken.draft.asked) == ("12", "note")
    taken = talk(taken.draft, "없어요", config=own_config)
    assert (taken.draft.values["note"], taken.draft.asked) == ("", CONFIRM)
    assert "· 층수: 12\n· 남길 말: 적지 않음" in said(taken)
    assert talk(taken.draft, "고칠게요", "층수", config=own_config).draft.asked == "floor"


def test_more_of_the_symptom_is_added(talk, draft):
    taken = talk(draft("address", "product", "symptom"), "빨래하다가 혼자 꺼져요")
    assert (taken.draft.values["symptom"], taken.draft.asked, taken.draft.failures) == (
        "물이 새요, 빨래하다가 혼자 꺼져요",
        "address",
        0,
    )
    again = talk(taken.draft, "혼자 꺼져요")
    assert (again.draft.values["symptom"], again.draft.failures) == (taken.draft.values["symptom"], 1)


def test_the_product_talked_about_before_is_taken_unless_another_is_named(config, now):
    remembered = {"product": "에어컨"}
    taken = step(Draft(), Said("수리 접수할게요", remembered=remembered), config, now, "k")
    assert taken.draft.values == remembered and "제품: 에어컨" in said(taken)
    assert step(Draft(), Said("세탁기 수리 접수할게요", remembered=remembered), config, now, "k").draft.values == {
        "product": "세탁기"
    }
    assert step(taken.draft, Said("네", remembered={"product": "세탁기"}), config, now, "k").draft.values == remembered


def test_a_second_request_takes_address_and_phone_from_the_first(talk, draft, config):
    before = {"address": FULL["address"], "phone": FULL["phone"]}
    taken = talk(Draft(before=before), "에어컨도 수리 접수할게요", "모름", "냄새가 나요")
    assert taken.draft.asked == "address" and ("앞에서 적은 대로요", "앞에서 적은 대로요") in taken.replies[-1].buttons
    taken = talk(taken.draft, "같은 주소요", "앞에서 적은 대로요")
    assert (taken.draft.values["address"], taken.draft.values["phone"], taken.draft.asked) == (*before.values(), "date")
    assert talk(draft("address", "product", "model", "symptom"), "같은 주소요").draft.failures == 1


def test_who_asks_for_a_moment_is_given_one(talk, draft):
    taken = talk(draft("address", "product", "model", "symptom"), "잠깐만요", intent="stop")
    assert (taken.outcome, taken.draft.failures, taken.draft.asked) == (Outcome.GOES_ON, 0, "address")
    assert said(taken).startswith("네, 천천히 적어 주세요.")


def test_one_slot_instead_of_another(talk, draft):
    taken = talk(draft("model", "product", "symptom"), "아니 모델명 말고 증상이요")
    assert (taken.draft.asked, "symptom" in taken.draft.values) == ("symptom", False)


def test_an_hour_is_no_place_in_the_list_of_products(talk, draft):
    assert "product" not in talk(draft("product"), "내일 2시").draft.values
    assert talk(draft("product"), "2번이요").draft.values == {"product": "에어컨"}


def test_the_wish_said_again_is_no_failure(talk, draft):
    taken = talk(draft("model", "product"), "다시 수리 접수할게요", intent="request_repair")
    assert (taken.draft.failures, taken.draft.asked) == (0, "model") and said(taken).startswith("모델명을 알려")


def test_a_closed_day_at_the_summary_is_said_to_be_one(talk, draft):
    taken = talk(draft(CONFIRM, *FULL), "일요일은 안 돼요?")
    assert said(taken).startswith("일요일에는 방문하지 않아요.") and taken.draft.values == FULL


def test_a_weekday_said_on_that_day_is_the_next_one(talk, draft, now):
    day = "월화수목금토일"[now.weekday()]
    assert talk(draft("date"), f"{day}요일 오전이요").draft.values["date"] == f"{now.date() + timedelta(days=7)} 오전"
    assert talk(draft("date"), f"오늘 {day}요일이요").draft.values["date"] == f"{now.date()}"


def test_the_symptom_is_what_is_wrong_alone(talk):
    text = "010-9999-8888 홍길동이고 서울 송파구 올림픽로 300 101동 202호인데 세탁기 탈수가 안 돼서 모레 오전에 수리 신청합니다"
    values = talk(Draft(), text).draft.values
    assert (values["symptom"], values["phone"]) == ("세탁기 탈수가 안 돼서", "01099998888")
    assert "symptom" not in talk(Draft(), "세탁기 수리", "모름", "아까 말한 증상이요").draft.values


def test_the_trouble_of_another_product_is_no_symptom(config, now):
    remembered = {"product": "에어컨", "symptom": "에어컨에서 냄새가 나요"}
    said = Said("수리 접수할게요", remembered=remembered)
    assert step(Draft(), said, config, now, "k").draft.values == remembered
    other = Said("세탁기 수리 접수할게요", remembered=remembered)
    assert step(Draft(), other, config, now, "k").draft.values == {"product": "세탁기"}
    assert step(Draft(before={"phone": "01012345678"}), said, config, now, "k").draft.values == {}


def test_what_is_said_beside_the_matter_is_no_failure(talk, draft):
    taken = talk(draft("model", "product"), "고마워요", intent="thanks")
    assert (taken.draft.failures, taken.draft.asked) == (0, "model") and said(taken).startswith("네, 이어서 여쭤볼게요.")


def test_what_is_needed_cannot_be_left_for_later(talk, draft):
    taken = talk(draft("address", "product", "model", "symptom"), "주소는 나중에 알려드릴게요")
    assert said(taken).startswith("주소 내용이 있어야 접수할 수 있어요.") and taken.draft.failures == 1
    assert said(talk(draft("date", *list(FULL)[:-1]), "나중에 정할게요")).startswith("희망일 내용은 비워 둘게요.")
