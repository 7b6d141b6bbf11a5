"""Small talk is told by its words; what asks about anything else is none."""

import pytest
import ruamel.yaml

from bot.conversation.small_talk import SmallTalk, small_talk
from bot.routing import fallback_response
from bot.settings import ROOT


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("몇 살이야?", SmallTalk.LIFE),
        ("나이가 어떻게 되세요?", SmallTalk.LIFE),
        ("밥은 먹었어요?", SmallTalk.LIFE),
        ("안 피곤해?", SmallTalk.LIFE),
        ("사랑해", SmallTalk.LOVE),
        ("나랑 결혼하자", SmallTalk.LOVE),
        ("나 심심해 놀아줘", SmallTalk.PLAY),
        ("재미있는 얘기 해줘", SmallTalk.PLAY),
        ("새해 복 많이 받아", SmallTalk.WISHES),
        ("오늘 너무 힘들어", SmallTalk.MOOD),
        ("죽고 싶어", SmallTalk.CRISIS),
        ("나 너무 힘들어서 살기 싫다", SmallTalk.CRISIS),
        ("더워 죽겠어", None),
        ("여자친구 선물로 뭐가 좋아요?", None),
        ("아이가 몇 살부터 쓸 수 있어요?", None),
        ("생일 쿠폰 언제 와요", None),
        ("점심시간에도 상담돼요?", None),
        ("대통령이 누구야", None),
        ("오늘 날씨 어때?", None),
        ("", None),
        ("ㅅ", None),
        ("🙂", None),
    ],
)
def test_the_kind_of_small_talk(text, kind):
    assert small_talk(text) is kind


def test_every_kind_has_a_response_that_does_not_pretend_to_be_human():
    responses = ruamel.yaml.YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    for kind in SmallTalk:
        assert all("자동 상담 도우미" in one["text"] for one in responses[kind.value])


def test_small_talk_counts_only_where_the_message_is_out_of_scope():
    def parsed(name, confidence):
        intent = {"name": name, "confidence": confidence}
        return {"text": "몇 살이야?", "intent": intent, "intent_ranking": [intent]}

    assert fallback_response(parsed("out_of_scope", 0.9)) == "utter_bot_life"
    assert fallback_response(parsed("out_of_scope", 0.2)) is None
    assert fallback_response(parsed("ask", 0.9)) is None
