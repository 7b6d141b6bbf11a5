from bot.answer import Answer, Candidate, Kind, Source
from bot.handover.summary import Summary, Tried, lines_of, shown_text, summarize

FAQ = Answer("?", Kind.FAQ, "7일이에요.", 0.91, "반품은 언제까지 되나요?", Source("F1", "자주 묻는 질문", "반품"))
MANUAL = Answer("?", Kind.MANUAL, "월 1회", 0.8, "필터는 월 1회", Source("세탁기", "세탁기 사용설명서", "3장", 12, 5, 9))
NONE = Answer("?", Kind.NONE, "몰라요", 0.1, candidates=(Candidate("F1", "반품은?", 0.1),))


def user(text, intent="ask", entities=(), mood="neutral", insult=False, **more):
    parsed = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": list(entities)}
    parsed |= {"sentiment": {"name": mood}, "insult": {"found": insult}}
    return {"event": "user", "text": text, "parse_data": parsed, **more}


def bot(text="", answer=None, buttons=()):
    custom = {"daedap": answer.to_json()} if answer else {}
    return {"event": "bot", "text": text, "data": {"custom": custom, "buttons": list(buttons)}}


def test_the_last_questions_and_what_became_of_them():
    events = [user(f"옛 질문 {i}") for i in range(3)]
    events += [
        user("반품 며칠?"),
        bot(answer=FAQ),
        user("안녕", "greet"),
        bot("안녕하세요"),
        user("필터는?"),
        bot("…"),
        bot(answer=MANUAL),
    ]
    events += [
        {"event": "slot", "name": "x"},
        user("대통령 누구야"),
        bot(answer=NONE),
        user("수리해줘", "request_repair"),
        bot("어느 제품?"),
    ]
    events += [user("상담원 바꿔줘", "human")]
    summary = summarize(events, {})
    assert summary.wish == "상담원 바꿔줘"
    assert summary.tried == (
        Tried("옛 질문 2"),
        Tried("반품 며칠?", "faq", "반품은 언제까지 되나요?", 0.91),
        Tried("필터는?", "manual", "세탁기 사용설명서 > 3장 (12쪽)", 0.8),
        Tried("대통령 누구야", "none", "", 0.1),
        Tried("수리해줘"),
    )
    assert (summary.topic, summary.unanswered) == ("수리해줘", 1)
    assert Summary.from_json(summary.to_json()) == summary


def test_what_was_chosen_among_the_offers_to_a_question_is_its_answer():
    offered = Answer("?", Kind.CLARIFY, "이 가운데?", 0.4, candidates=(Candidate("F1", "반품은?", 0.4),))
    events = [user("물건 돌려보낼래"), bot(answer=offered), user('/ask{"faq_id": "F1"}'), bot(answer=FAQ)]
    events += [user("대통령 누구야"), bot(answer=NONE), user("고마워", "thanks"), bot("네"), user("상담원", "human")]
    summary = summarize(events, {})
    assert [(one.question, one.kind) for one in summary.tried] == [("물건 돌려보낼래", "faq"), ("대통령 누구야", "none")]
    assert summary.unanswered == 1


def test_what_fills_a_form_in_is_no_question():
    def loop(name):
        return {"event": "active_loop", "name": name}

    events = [user("수리 접수할게요", "request_repair"), loop("repair_form"), bot("어느 제품?")]
    events += [user("바람이 안 나와요"), bot("주소는?"), user("배송비 얼마?"), bot(answer=FAQ), bot("주소는?")]
    events += [user("서울시 마포구 양화로 12", "out_of_scope"), bot("됐어요"), loop(None)]
    events += [user("반품 며칠?"), bot("…"), user("상담원", "human")]
    summary = summarize(events, {})
    assert [one.question for one in summary.tried] == ["수리 접수할게요", "배송비 얼마?", "반품 며칠?"]


def test_facts_are_entities_and_slots_the_latest_first_told():
    entities = [{"entity": "product", "value": "세탁기"}, {"entity": "faq_id", "value": "F1"}]
    events = [
        user("세탁기요", entities=entities),
        user("에어컨이요", entities=[{"entity": "product", "value": "에어컨"}]),
        user("상담원", "human"),
    ]
    slots = {
        "handover": "3",
        "last_question": "?",
        "requested_slot": "x",
        "phone": "01012345678",
        "empty": None,
        "list": [1],
        "yes": True,
    }
    assert summarize(events, slots).facts == (("product", "에어컨"), ("phone", "01012345678"))


def test_what_a_form_gathered_is_told_under_its_plain_name():
    slots = {"repair_symptom": "물이 새요", "repair_phone": "01012345678", "order_number": "D1", "repair_state": "asked"}
    slots |= {"repair_confirmed": "x", "last_product": "세탁기", "company_size": 3}
    assert summarize([user("상담원", "human")], slots).facts == (
        ("symptom", "물이 새요"),
        ("phone", "01012345678"),
        ("order_number", "D1"),
        ("company_size", "3"),
    )


def test_the_strongest_mood_of_the_last_messages_counts():
    assert summarize([user("뭐야", mood="angry", insult=True), user("상담원")], {}).mood == "angry"
    calm = [user("뭐야", mood="angry", insult=True)] + [user("네")] * 5
    assert (summarize(calm, {}).mood, summarize(calm, {}).insulted) == ("neutral", False)
    assert summarize([user("뭐야", insult=True)], {}).insulted


def test_a_button_is_shown_by_its_title_and_a_replaced_message_as_it_was_written():
    offered = bot("고르세요", buttons=[{"title": "반품은?", "payload": '/ask{"faq_id": "F1"}'}])
    assert shown_text(user('/ask{"faq_id": "F1"}'), [offered]) == "반품은?"
    assert shown_text(user("/human"), []) == "상담원 연결"
    assert shown_text(user("/reaction", metadata={"said": "👍"}), []) == "👍"
    assert summarize([user("?"), offered, user("/human", "human")], {}).wish == "상담원 연결"


def test_an_empty_conversation_and_one_of_another_version():
    assert summarize([], {}) == Summary()
    assert Summary.from_json({"wish": "x", "new": 1}) == Summary("x")
    odd = [user("?"), {"event": "bot", "text": None, "data": {"custom": {"daedap": {"kind": "new"}}}}, user("상담원", "human")]
    assert summarize(odd, {}).tried == (Tried("?"),)


def test_as_an_agent_reads_it():
    summary = Summary(
        "상담원", (Tried("반품 며칠?", "faq", "반품은?", 0.914), Tried("??", "none")), (("phone", "010"),), "angry", True
    )
    assert lines_of(summary) == [
        "요청: 상담원",
        "질문: 반품 며칠? → FAQ ‘반품은?’로 답함 (91%)",
        "질문: ?? → 답하지 못함",
        "알려 준 것: 전화번호 010",
        "기분: 화가 나 있음 (욕설이 있었음)",
    ]
