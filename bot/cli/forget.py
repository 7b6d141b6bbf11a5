"""`daedap forget`: one person is erased everywhere."""

from __future__ import annotations

import sys

import typer

PLACES = {
    "events": "대화 기록",
    "turns": "주고받은 말의 기록",
    "unanswered": "답하지 못한 질문",
    "feedback": "평가",
    "repair_requests": "수리 접수",
    "handovers": "상담원 연결과 그 대화",
    "kept": "데이터베이스를 기다리던 기록",
    "web.db": "웹 채팅의 대화",
    "kakao.db": "카카오톡의 대화",
    "slack.db": "슬랙의 대화",
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("forget")(forget)


def forget(
    user: str = typer.Argument(..., metavar="USER", help="보낸 사람의 id(예: web-…, kakao-…) 또는 전화번호"),
    yes: bool = typer.Option(False, "--yes", "-y", help="묻지 않고 지워요."),
    dry_run: bool = typer.Option(False, "--dry-run", help="무엇이 지워지는지 보기만 해요."),
) -> None:
    """한 사람의 기록을 모든 곳에서 지워요. 되돌릴 수 없어요.

    예: daedap forget 010-1234-5678
    """
    from bot.front.config import FrontConfig
    from bot.settings import Settings
    from bot.storage.forgetting import find_person, orders_of
    from bot.storage.forgetting import forget as erase

    url, conversations = Settings.load().database_url, FrontConfig.load().conversations
    person = find_person(url, user)
    found = erase(url, person, conversations, dry_run=True)
    for name, count in found.items():
        typer.echo(f"{PLACES.get(name, name)}: {count:,}건")
    kept = orders_of(url, person)
    if kept:
        typer.echo(f"주문 {kept:,}건은 회사의 주문 파일에서 온 것이라 그대로 두어요. 그 파일에서 지워 주세요.")
    if not found:
        typer.echo("이 사람의 기록이 없어요.")
        return
    if dry_run:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise ValueError("지우려면 --yes 를 함께 적어 주세요.")
        typer.confirm("모두 지울까요? 되돌릴 수 없어요.", abort=True)
    erase(url, person, conversations)
    typer.echo("모두 지웠어요.")
