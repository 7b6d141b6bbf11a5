"""What kind of small talk a message is that is no business of a customer service: the bot's life, love, play, wishes, moods.

Told by its content words alone: each must be one that small talk is made of, so that a question about anything else, a
present for a girlfriend say, is none. What is said then stands in `domain.yml`; none of it pretends to be human.
"""

from __future__ import annotations

import re
from enum import Enum

from nlu.morphemes import analyze
from nlu.normalize import normalize

MAX_MORPHEMES = 14
"""A longer message says more than small talk."""


class SmallTalk(str, Enum):
    """The kinds, each with its response."""

    CRISIS = "utter_crisis"
    """Somebody does not want to live."""
    WISHES = "utter_wishes"
    LIFE = "utter_bot_life"
    """The bot is asked of itself: its age, its family, what it likes."""
    LOVE = "utter_love"
    PLAY = "utter_play"
    MOOD = "utter_mood"
    """How the customer feels."""


_CRISIS = re.compile(
    r"(?<![가-힣])죽고\s?싶|죽어\s?버리고\s?싶|살기\s?(?:가\s?)?싫|살고\s?싶지\s?않|자살\s?(?:하|할|을|생각)|자해\s?(?:하|할|를|충동)"
)
_ASKS = re.compile(r"\?\s*$|(?:니|냐|까|나요|가요|세요|을래|ᆯ래)\s*[.!~]*$")


CONTENT = ("N", "VV", "VA", "XR", "SL", "SN", "MM")
"""Tags of the words that are looked at; adverbs say nothing of the kind."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILLERS = _words(
    "너 나 저 우리 당신 자기 그대 네 내 제 누구 뭐 무엇 어디 언제 몇 어떻 어떤 어느 왜 얼마 오늘 지금 요즘 요새 어제 내일 "
    "정말 진짜 너무 "
    "많이 많 아주 참 좀 조금 그냥 혹시 항상 늘 더 제일 가장 안 못 잘 다 또 하 되 있 없 이 아니 같 주 말 것 거 때 님 싶 않 받 "
    "얘기 이야기 "
    "보내 하나 봇 챗봇 로봇 인공 지능 인공지능 상담 상담원 도우미 사람 인간 AI ai"
)
"""Words that small talk is made of beside those that make it so."""
WORDS: dict[SmallTalk, frozenset[str]] = {
    SmallTalk.WISHES: _words("축하 새해 복 크리스마스 메리 명절 추석 설날 연말 즐겁 행복"),
    SmallTalk.LIFE: _words(
        "살 나이 연세 생일 태어나 취미 고향 애인 남자 여자 남친 여친 성별 가족 부모 형제 남편 아내 밥 식사 점심 저녁 아침 먹 "
        "자 잠 꿈 "
        "꾸 키 혈액형 MBTI 종교 월급 감정 느끼 취향 이상형 연애 목소리 얼굴 외모 색 음식 계절 동물"
    ),
    SmallTalk.LOVE: _words("사랑 좋아하 사귀 결혼 친구 그립 뽀뽀 반하 예쁘 이쁘 귀엽 멋지 멋있 애교 데이트 고백 설레 보"),
    SmallTalk.PLAY: _words(
        "농담 노래 부르 반말 놓 춤 추 놀 놀이 게임 끝말 끝말잇기 잇 재미있 재밌 웃기 유머 개그 퀴즈 삼행시 수수께끼"
    ),
    SmallTalk.MOOD: _words(
        "심심 외롭 우울 슬프 힘들 피곤 졸리 배고프 배부르 지치 지루 기분 기쁘 신나 스트레스 울 눈물 속상 쓸쓸 무섭 좋 나쁘 하루"
    ),
}
_ALL = FILLERS.union(*WORDS.values())


def small_talk(text: str) -> SmallTalk | None:
    """The kind of small talk that `text` is, None where it is about anything else."""
    text = normalize(text).text.strip()
    if _CRISIS.search(text):
        return SmallTalk.CRISIS
    morphemes = analyze(text)
    said = [morpheme.form for morpheme in morphemes if morpheme.tag.startswith(CONTENT)]
    if len(morphemes) > MAX_MORPHEMES or not set(said) <= _ALL:
        return None
    kind = next((kind for kind, words in WORDS.items() if words.intersection(said)), None)
    if kind is SmallTalk.MOOD and _ASKS.search(text):  # 안 피곤해?
        return SmallTalk.LIFE
    return kind
