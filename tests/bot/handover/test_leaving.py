import pytest

from bot.handover.leaving import ends_talk, leaves_queue


@pytest.mark.parametrize(
    "text",
    [
        "됐어요",
        "아 됐어요 ㅠㅠ",
        "이제 됐습니다.",
        "아니요 괜찮아요",
        "필요 없어요",
        "안 기다릴래요",
        "그만할게요",
        "취소해 주세요",
        "취소요",
        "상담 취소할게요",
        "상담원 연결 취소해줘",
        "대기 취소",
        "/stop",
    ],
)
def test_a_customer_leaves_the_queue_in_plain_words(parsed, text):
    assert leaves_queue(parsed(text, "ask", 0.4))


@pytest.mark.parametrize(
    "text",
    [
        "주문 취소가 안 돼요",
        "배송이 안 됐어요",
        "환불 취소해 주세요 주문번호는 123이에요",
        "그만 좀 기다리게 하세요 언제 와요",
        "얼마나 기다려야 돼요?",
        "괜찮은 제품 추천해 주세요",
        "",
        "👍",
    ],
)
def test_a_question_is_no_leaving(parsed, text):
    assert not leaves_queue(parsed(text, "ask", 0.9))


@pytest.mark.parametrize(("intent", "confidence", "leaves"), [("stop", 0.9, True), ("goodbye", 0.9, True), ("stop", 0.5, False)])
def test_an_intent_counts_where_it_is_sure(parsed, intent, confidence, leaves):
    assert leaves_queue(parsed("이만 갈래", intent, confidence)) is leaves


@pytest.mark.parametrize("text", ["상담 종료", "상담 끝낼게요", "대화 그만할게요", "이제 상담을 마칠게요.", "/stop"])
def test_a_talk_is_ended_by_plain_words(parsed, text):
    assert ends_talk(parsed(text))


@pytest.mark.parametrize("text", ["됐어요", "괜찮아요", "취소해 주세요", "상담 시간이 언제까지예요?", "그만", "안녕히 계세요"])
def test_what_may_be_an_answer_to_the_agent_ends_nothing(parsed, text):
    assert not ends_talk(parsed(text, "stop"))
