"""Every Korean sentence of the answer cascade, and how an answer reads in a channel.

What Rasa itself says (greetings and the like) stands in `domain.yml`.
"""

from __future__ import annotations

from bot.answer import Answer, Kind, Source
from bot.customer_message import Unusable
from nlu.sentences import is_row

FAQ_TITLE = "자주 묻는 질문"
HUMAN_BUTTON = "상담원 연결"

UNUSABLE = {
    Unusable.EMPTY: "내용이 비어 있어요. 궁금하신 점을 적어 주시면 찾아볼게요.",
    Unusable.NO_WORDS: "기호나 이모지만으로는 무엇이 궁금하신지 알기 어려워요. 궁금하신 점을 글로 적어 주세요.",
    Unusable.JAMO: "네, 듣고 있어요. 궁금하신 점을 문장으로 적어 주시면 찾아볼게요.",
    Unusable.TOO_LONG: "말씀이 너무 길어서 다 읽지 못했어요. 궁금하신 점을 {limit:,}자 안으로 줄여서 적어 주세요.",
    Unusable.FOREIGN: "저는 한국어로 답해 드려요. 한국어로 다시 질문해 주세요. (Please ask in Korean.)",
}
OFFER = "말씀하신 내용과 꼭 맞는 답을 찾지 못했어요. 혹시 이 가운데 찾으시는 질문이 있나요?"
RELATED = "꼭 맞는 답인지 자신이 없어요. 관련 있어 보이는 내용을 찾았으니 참고해 주세요."
RELATED_OFFER = "찾으시는 질문이 아래에 있으면 골라 주세요."
UNKNOWN = "죄송해요, 그 질문은 잘 모르겠어요. 조금 다르게 적어 주시면 다시 찾아볼게요. 질문은 적어 두었으니 답을 준비할게요."
UNKNOWN_AGAIN = "그 질문의 답도 자료에 없어서 잘 모르겠어요. 질문은 적어 두었어요."
UNDERSTOOD = "‘{question}’{quoting} 이해했어요."
WHICH_PRODUCT = "어느 제품이에요? 제품마다 답이 달라서 여쭤봐요."
WHICH_CODE = "혹시 화면에 에러 코드나 표시가 떠 있나요? 있으면 적어 주시거나 아래에서 골라 주세요."
NO_CODE = "네, 그럼 이 가운데 찾으시는 내용이 있나요? 없으면 상담원을 불러 주세요."
WHICH_OFFER = "이 가운데 어느 질문인지 번호로 적거나 골라 주세요."
OTHERS = "그럼 이 가운데 찾으시는 질문이 있나요?"
NO_OTHERS = "보여 드릴 만한 다른 내용은 더 찾지 못했어요. 조금 다르게 적어 주시거나 상담원을 불러 주세요."
STANDS_IN_FAQ = "{title}의 ‘{quoted}’ 항목에 나와 있어요."
NO_MORE = "이보다 자세한 내용은 자료에서 찾지 못했어요. 더 알고 싶으시면 상담원에게 물어봐 주세요."
WHAT_ABOUT = "{product}의 어떤 점이 궁금하세요?"
NOTHING_BEFORE = "어떤 내용을 찾으시는지 한 문장으로 적어 주시면 찾아볼게요."
UNKNOWN_ENTRY = "고르신 질문이 지금은 없어요. 궁금하신 점을 다시 적어 주세요."
WHOLE = "이렇게 나와 있어요."
MIN_SENTENCE = 12
SENTENCE_ENDS = (".", "다", "요", "오", ">", "?", "!")
LINK = "자세히 보기: {link}"
ERROR = "죄송해요, 답을 준비하다가 문제가 생겼어요. 잠시 뒤에 다시 말씀해 주세요."


def render(answer: Answer) -> str:
    """The text a customer reads: the answer, the sentence it stands in, and the source."""
    parts = [answer.answer]
    if answer.kind is Kind.MANUAL:
        parts = _from_manual(answer)
    elif answer.kind is Kind.CLARIFY and answer.evidence:
        parts.append(f"“{answer.evidence}”")
    if answer.source:
        parts.append(f"출처: {cite(answer.source)}")
    if answer.kind is Kind.CLARIFY and answer.evidence and answer.offers:
        parts.append(RELATED_OFFER)
    return "\n".join(parts)


def _from_manual(answer: Answer) -> list[str]:
    """The span and its sentence; the sentence, the steps or a table's row alone where these are the answer."""
    if "\n" in answer.answer.strip():
        return [WHOLE, answer.answer.strip()]
    evidence = answer.evidence or answer.answer
    if is_row(answer.answer) or (len(answer.answer) >= MIN_SENTENCE and answer.answer.rstrip().endswith(SENTENCE_ENDS)):
        return [WHOLE, f"“{evidence}”"]
    said = f"‘{answer.answer}’{quoting(answer.answer)} 나와 있어요."
    return [said] if evidence.strip() == answer.answer.strip() else [said, f"“{evidence}”"]


def cite(source: Source) -> str:
    """The source in a line: title, section, page."""
    place = f"{source.title} > {source.section}" if source.section else source.title
    return f"{place} ({source.page}쪽)" if source.page else place


_CLOSED_DIGITS = "013678"


def quoting(word: str) -> str:
    """이라고 or 라고, by the sound `word` ends in; both where the sound is unknown."""
    last = next((character for character in reversed(word) if character.isalnum()), "")
    if "가" <= last <= "힣":
        return "이라고" if (ord(last) - ord("가")) % 28 else "라고"
    if last.isdigit():
        return "이라고" if last in _CLOSED_DIGITS else "라고"
    if last.isascii() and last.isalpha():
        return "이라고" if last.lower() in "lmnr" else "라고"
    return "(이)라고"
