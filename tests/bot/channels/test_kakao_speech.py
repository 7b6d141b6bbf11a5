"""Whatever the bot says, Kakao's limits hold, and nothing of it is lost over the pages."""

import importlib.util
import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.channels import kakao_texts as texts
from bot.channels.kakao_cards import speech_of
from bot.channels.kakao_cutting import sendable
from bot.channels.kakao_speech import Part, Speech, lay_out, quick_reply, said, using_callback
from bot.message import Button, Message, Sender, Source, plain
from bot.settings import ROOT


def _rules():
    spec = importlib.util.spec_from_file_location("kakao_rules", ROOT / "benchmarks" / "channels" / "kakao_rules.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RULES = _rules()
BASE = "https://bot.example.com"
HUMAN = Button("상담원 연결", "/human")
OFFERS = (Button("환불 기간은 어떻게 되나요?", '/ask{"faq_id": "12"}'), Button("환불 방법", '/ask{"faq_id": "13"}'))
PLACE = Source("세탁기", "세탁기 사용설명서", "3장 청소", 12, "필터는 월 1회 청소하세요.", (4, 8), 100, 104)


def pages(speech):
    """All responses that `speech` makes, each checked."""
    responses = []
    while speech or not responses:
        page = lay_out(speech)
        response = page.response(7 if page.rest else None)
        assert RULES.problems(response) == []
        json.dumps(response, ensure_ascii=False).encode("utf-8")
        responses.append(response)
        assert len(responses) < 2_000
        speech = page.rest
    return responses


def one(*messages, base=BASE):
    [response] = pages(speech_of(messages, base))
    return response["template"]


def shown(responses):
    """All words of the bubbles, hints left out."""
    words = []
    for response in responses:
        for output in response["template"]["outputs"]:
            [(kind, content)] = output.items()
            if kind == "simpleText":
                words.append(content["text"].replace(texts.READ_ON, "").replace(texts.READ_ON.strip(), ""))
            elif kind == "textCard":
                words += [content["title"], content.get("description", "")]
                words += [button["webLinkUrl"] for button in content["buttons"]]
            elif kind == "listCard":
                words += [item["title"] for item in content["items"]]
            else:
                words.append(content["imageUrl"])
    return "".join("".join(words).split())


def test_a_short_answer_is_one_bubble():
    assert one(Message("영업일 3일 안에 처리됩니다.")) == {"outputs": [{"simpleText": {"text": "영업일 3일 안에 처리됩니다."}}]}


def test_a_button_is_a_quick_reply_with_its_payload():
    assert one(Message("네", buttons=(HUMAN,)))["quickReplies"] == [
        {"label": "상담원 연결", "action": "message", "messageText": "상담원 연결", "extra": {"payload": "/human"}}
    ]


def test_offered_questions_are_a_list():
    template = one(Message("혹시 이 질문인가요?", buttons=(*OFFERS, HUMAN)))
    assert template["outputs"][1]["listCard"] == {
        "header": {"title": "비슷한 질문"},
        "items": [
            {
                "title": "환불 기간은 어떻게 되나요?",
                "action": "message",
                "messageText": "환불 기간은 어떻게 되나요?",
                "extra": {"payload": '/ask{"faq_id": "12"}'},
            },
            {"title": "환불 방법", "action": "message", "messageText": "환불 방법", "extra": {"payload": '/ask{"faq_id": "13"}'}},
        ],
    }
    assert [reply["label"] for reply in template["quickReplies"]] == ["상담원 연결"]


def test_six_offers_are_two_lists():
    offers = tuple(Button(f"질문 {number}", f'/ask{{"faq_id": "{number}"}}') for number in range(6))
    lists = [output["listCard"]["items"] for output in one(Message("골라요", buttons=offers))["outputs"][1:]]
    assert [len(items) for items in lists] == [5, 1]


def test_an_offer_too_long_for_a_list_is_chosen_by_number():
    long = Button("가" * 51, '/ask{"faq_id": "9"}')
    template = one(Message("골라요", buttons=(*OFFERS, long)))
    assert template["outputs"][1]["simpleText"]["text"].splitlines()[2] == "3. " + "가" * 51
    assert [(reply["label"], reply["extra"]["payload"]) for reply in template["quickReplies"]] == [
        ("1번", '/ask{"faq_id": "12"}'),
        ("2번", '/ask{"faq_id": "13"}'),
        ("3번", '/ask{"faq_id": "9"}'),
    ]


def test_a_source_is_a_card_that_opens_the_document():
    text, card = one(Message("‘월 1회’라고 나와 있어요.", source=PLACE))["outputs"]
    assert text["simpleText"]["text"] == "‘월 1회’라고 나와 있어요.\n“필터는 월 1회 청소하세요.”"
    assert card["textCard"] == {
        "title": "출처",
        "description": "세탁기 사용설명서 > 3장 청소 (12쪽)",
        "buttons": [
            {
                "action": "webLink",
                "label": "원문 보기",
                "webLinkUrl": "https://bot.example.com/documents/%EC%84%B8%ED%83%81%EA%B8%B0?start=100&end=104#here",
            }
        ],
    }


def test_a_source_that_cannot_be_opened_is_named():
    message = Message("월 1회", source=PLACE)
    assert one(message, base=None)["outputs"] == [{"simpleText": {"text": plain(message)}}]


def test_a_link_is_a_card_beside_its_source():
    entry = Source("F1", "자주 묻는 질문", "반품")
    card = one(Message("7일이에요.", source=entry, link="https://a.kr/x"))["outputs"][1]["textCard"]
    assert card == {
        "title": "출처",
        "description": "자주 묻는 질문 > 반품",
        "buttons": [{"action": "webLink", "label": "자세히 보기", "webLinkUrl": "https://a.kr/x"}],
    }


def test_an_agent_s_words_are_named_as_such():
    assert one(Message("네, 확인할게요.", Sender.AGENT))["outputs"] == [{"simpleText": {"text": "상담원: 네, 확인할게요."}}]


def test_an_image_is_shown():
    assert one(Message("", image="https://a.kr/x.png"))["outputs"] == [
        {"simpleImage": {"imageUrl": "https://a.kr/x.png", "altText": "그림"}}
    ]


def test_2500_characters_are_three_bubbles_cut_at_sentences():
    sentence = "이 문장은 스물다섯 글자로 되어 있는 문장이에요 네. "
    text = (sentence * 90).strip()[:2500]
    [response] = pages(said(text))
    bubbles = [output["simpleText"]["text"] for output in response["template"]["outputs"]]
    assert len(bubbles) == 3
    assert all(bubble.endswith("네.") for bubble in bubbles[:2])
    assert " ".join(bubbles) == text
    assert "quickReplies" not in response["template"]


def test_more_than_three_bubbles_are_read_on():
    text = ("이 문장은 스물다섯 글자로 되어 있는 문장이에요 네. " * 150).strip()
    first, second = pages(said(text, quick_reply("상담원 연결", {"payload": "/human"})))
    assert first["template"]["outputs"][2]["simpleText"]["text"].endswith("네." + texts.READ_ON)
    assert [reply["label"] for reply in first["template"]["quickReplies"]] == ["이어서 보기", "상담원 연결"]
    assert first["template"]["quickReplies"][0]["extra"] == {"show": "more", "id": 7}
    assert [reply["label"] for reply in second["template"]["quickReplies"]] == ["상담원 연결"]
    assert shown([first, second]) == "".join(text.split())


def test_four_short_messages_share_bubbles():
    template = one(*(Message(f"{number}번째예요.") for number in range(4)))
    assert template["outputs"] == [{"simpleText": {"text": "0번째예요.\n\n1번째예요.\n\n2번째예요.\n\n3번째예요."}}]


def test_a_card_in_the_last_place_makes_room_for_the_hint():
    speech = speech_of([Message("가", source=PLACE, buttons=OFFERS), Message("나", source=PLACE)], BASE)
    first, second = pages(speech)
    assert [list(output) for output in first["template"]["outputs"]] == [["simpleText"], ["textCard"], ["simpleText"]]
    assert first["template"]["outputs"][2]["simpleText"]["text"] == texts.READ_ON.strip()
    assert [list(output) for output in second["template"]["outputs"]] == [["listCard"], ["simpleText"], ["textCard"]]


def test_more_quick_replies_than_kakao_shows_come_with_the_next_page():
    buttons = tuple(Button(f"보기 {number}", f"/b{number}") for number in range(14))
    first, second = pages(speech_of([Message("골라요", buttons=buttons)], None))
    labels = [reply["label"] for response in (first, second) for reply in response["template"]["quickReplies"]]
    assert labels == ["이어서 보기", *(f"보기 {number}" for number in range(14))]


def test_speeches_are_said_one_after_another():
    yes, no = quick_reply("네"), quick_reply("아니요")
    both = said("하나", yes) + said("둘", yes, no)
    assert both == Speech((Part("하나"), Part("둘")), (yes, no))
    assert Speech.from_json(json.loads(json.dumps(both.to_json()))) == both


def test_a_promise_of_a_callback():
    assert using_callback("찾고 있어요.") == {"version": "2.0", "useCallback": True, "data": {"text": "찾고 있어요."}}


ROUGH = (
    st.text(max_size=60)
    | st.text(min_size=1, max_size=3).map(lambda t: t * 700)
    | st.sampled_from(["", " ", "\n", "\ud800", "\x00가"])
)
LONG = st.lists(
    st.sampled_from(["네.", "그래요 ", "😀", "가" * 300, "\n", "1. 전원을 끄세요. ", "<b>", "\ud83d"]), max_size=40
).map("".join)
BUTTONS = st.builds(Button, ROUGH, ROUGH | st.sampled_from(['/ask{"faq_id": "1"}', "/human"]) | st.just("가" * 40_000))
ADDRESSES = st.sampled_from(["https://a.kr/x", "http://a.kr/" + "x" * 5_000, "https://a.kr/한글", "https://a.kr/\ud800"])


@st.composite
def sources(draw):
    sentence = draw(st.none() | LONG | ROUGH)
    span = (0, len(sentence)) if sentence and draw(st.booleans()) else None
    start = draw(st.none() | st.integers(0, 10_000))
    place = {} if start is None else {"start": start, "end": start + 5}
    return Source(draw(ROUGH), draw(ROUGH), draw(st.none() | ROUGH), draw(st.none() | st.integers(1, 9)), sentence, span, **place)


MESSAGES = st.builds(
    Message,
    ROUGH | LONG,
    st.sampled_from(Sender),
    buttons=st.lists(BUTTONS, max_size=14).map(tuple),
    source=st.none() | sources(),
    image=st.none() | ADDRESSES,
    link=st.none() | ADDRESSES,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(MESSAGES, min_size=1, max_size=4), st.sampled_from([None, BASE]))
@example([Message("", Sender.CUSTOMER, source=Source("", "", None))], None)
def test_kakao_s_limits_hold_whatever_is_said(messages, base):
    speech = speech_of(messages, base)
    if not speech:
        assert not any(sendable(plain(message)).strip() or message.buttons for message in messages)
        return
    words = shown(pages(speech))
    for message in messages:
        assert "".join(sendable(message.text).split()) in words
        if message.source is not None and message.source.sentence:
            assert "".join(sendable(message.source.sentence).split()) in words
        assert message.link is None or "".join(sendable(message.link).split()) in words


@settings(max_examples=100, deadline=None)
@given(st.lists(BUTTONS, min_size=1, max_size=25))
def test_every_button_is_there_on_some_page(buttons):
    responses = pages(speech_of([Message("골라 주세요.", buttons=tuple(buttons))], None))
    offered = set()
    for response in responses:
        template = response["template"]
        items = [item for output in template["outputs"] for item in output.get("listCard", {}).get("items", ())]
        offered |= {json.dumps(one.get("extra")) for one in (*template.get("quickReplies", ()), *items)}
    for button in buttons:
        payload = sendable(button.payload)
        assert not payload or RULES.units(payload) > 1_000 or json.dumps({"payload": payload}) in offered
