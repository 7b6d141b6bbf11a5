"""Whether a customer wants to leave the queue, or to end the talk with an agent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.routing import Certainty, situation_of

STOP_BUTTON = "/stop"
LEAVING_INTENTS = frozenset({"stop", "restart", "goodbye", "deny"})
"""Said surely while waiting, these mean that nobody is waited for any more."""

_END = r"[요여용네다까함음ㅋㅎㅠㅜ\s.,!~…^]*"
_LEAVE = re.compile(
    rf"\s*(?:아(?:니[요오]?|뇨)?|네|음|에이)?[\s,.!~]*(?:이제|그냥|그만)?\s*(?:"
    rf"됐(?:어|습니|네|고|음|다)?|되었(?:어|습니)?|괜찮(?:아|습니)|필요\s*없(?:어|습니|음)|안\s*기다릴(?:래|게)|"
    rf"기다리(?:지\s*않을(?:래|게)|기\s*싫어)|그만(?:할|둘)?(?:래|게|할)?|취소(?:할게|할래|해\s*줘|해\s*주세|해|요)?|나갈(?:래|게)"
    rf"){_END}"
)
_CANCEL = re.compile(
    r"(?:상담(?:원)?|연결|대기|기다리는\s*거|신청|요청)\s*(?:을|은|이|는|도)?\s*"
    r"(?:(?:이제|그냥|안)\s*)*"
    r"(?:취소|그만|됐|종료|끝|나갈|필요\s*없|연결\s*안\s*(?:해|하))"
)
_END_TALK = re.compile(r"\s*(?:이제\s*)?(?:상담|대화)\s*(?:을|은|를)?\s*(?:종료|끝|그만|마칠|마치)[가-힣\s.,!~]{0,8}")


def leaves_queue(message: Mapping[str, Any]) -> bool:
    """Whether a message of a waiting customer says that he waits no more."""
    text = str(message.get("text") or "")
    if text.strip() == STOP_BUTTON or _LEAVE.fullmatch(text) or _CANCEL.search(text):
        return True
    situation = situation_of(message)
    return situation.certainty is Certainty.SURE and situation.intent in LEAVING_INTENTS


def ends_talk(message: Mapping[str, Any]) -> bool:
    """Whether a message to an agent ends the talk: only the button and plain words of ending do, 됐어요 may be an answer."""
    text = str(message.get("text") or "")
    return text.strip() == STOP_BUTTON or _END_TALK.fullmatch(text) is not None
