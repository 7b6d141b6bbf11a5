"""What stands in reports beside the figures."""

KINDS = {
    "faq": "FAQ로 답함",
    "manual": "설명서로 답함",
    "clarify": "되물음",
    "none": "답하지 못함",
    "talk": "인사와 잡담",
    "skill": "접수와 조회",
    "handover": "상담원",
    "away": "답변 서비스가 쉼",
    "failed": "오류",
    "silent": "말하지 않음",
}
CHANNELS = {"web": "웹", "kakao": "카카오톡", "slack": "슬랙", "rest": "REST와 터미널", "terminal": "터미널"}


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def seconds(milliseconds: float | None) -> str:
    """A time of a turn as it is read."""
    if milliseconds is None:
        return "-"
    return f"{milliseconds:,.0f}ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:,.1f}초"


def waited(wait_s: float | None) -> str:
    if wait_s is None:
        return "-"
    return f"{wait_s:,.0f}초" if wait_s < 120 else f"{wait_s / 60:,.0f}분"
