"""What `daedap doctor` finds out about Slack: secrets, token, scopes, the team's channel, what could not be said."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.doctor import PROBE_TIMEOUT_S, Finding, State, route
from bot.front.config import FrontConfig
from bot.front.slack_config import SIGNING_SECRET, TOKEN, SlackConfig, has_table
from bot.front.slack_store import FILE, SlackStore

WHAT = "슬랙"
HOW = "docs/channels/slack.md에 처음부터 끝까지 적혀 있어요."
SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "mpim:history",
    "users:read",
)
"""What the app must be allowed; `docs/channels/slack-manifest.yml` asks for these."""


def slack(config: FrontConfig, environment: Mapping[str, str]) -> Finding:
    """The first thing that is wrong, or where Slack is to send what is said."""
    found = SlackConfig.load(environment=environment)
    if found is None:
        if has_table(environment=environment):
            advice = f"{TOKEN}과 {SIGNING_SECRET}을 환경 변수로 정해 주세요. {HOW}"
            return Finding(WHAT, State.BROKEN, "[slack]이 설정돼 있는데 토큰과 서명 비밀이 없어요.", advice)
        return Finding(WHAT, State.NOTE, "꺼져 있어요.", f"쓰시려면 {TOKEN}과 {SIGNING_SECRET}을 환경 변수로 정해 주세요. {HOW}")
    return kept(config.conversations.with_name(FILE)) or connected(found) or reached(config, found)


def kept(path: Path) -> Finding | None:
    """Whether the file can be used, and what in it could not be said; None where all is well."""
    from bot.front.slack_outbox import Outbox

    if not path.exists():
        return None
    try:
        store = SlackStore(path)
    except sqlite3.Error as error:
        advice = f"{path} 파일과 폴더에 쓸 수 있는지 봐 주세요. 망가졌으면 지우면 새로 만들어요."
        return Finding(WHAT, State.BROKEN, str(error), advice)
    try:
        outbox = Outbox(store)
        lost, why = outbox.counts().get("lost", 0), outbox.lost_why()
    finally:
        store.close()
    if not lost:
        return None
    advice = "슬랙이 알려 준 까닭을 보고 고쳐 주세요. 30일이 지나면 잊어요."
    return Finding(WHAT, State.NOTE, f"지난 30일에 전하지 못한 말이 {lost}개예요. 마지막 까닭: {why}", advice)


def connected(found: SlackConfig) -> Finding | None:
    """Whether Slack takes the token and allows what is needed; None where it does."""
    from slack_sdk.errors import SlackApiError, SlackClientError
    from slack_sdk.web import WebClient

    quiet = logging.getLogger(f"{__name__}.probe")  # what is wrong is told as a finding
    quiet.disabled = True
    client = WebClient(found.token, found.api_url, timeout=round(PROBE_TIMEOUT_S), logger=quiet)
    try:
        answer = client.auth_test()
        missing = missing_scopes(answer.headers)
        if missing:
            advice = (
                "앱 설정의 'App Manifest'에 docs/channels/slack-manifest.yml을 다시 넣고 'Reinstall to Workspace'를 눌러 주세요."
            )
            return Finding(WHAT, State.BROKEN, f"앱에 없는 권한: {', '.join(missing)}", advice)
        return in_channel(client, found, str(answer["user"])) if found.team_channel else None
    except SlackApiError as error:
        advice = f"앱 설정의 'OAuth & Permissions'에서 봇 토큰을 다시 받아 {TOKEN}에 적어 주세요."
        return Finding(WHAT, State.BROKEN, f"슬랙이 토큰을 받지 않아요: {error.response.get('error')}", advice)
    except (SlackClientError, OSError) as error:
        advice = "이 서버에서 slack.com으로 나갈 수 있는지(방화벽, HTTPS_PROXY) 봐 주세요."
        return Finding(WHAT, State.BROKEN, f"슬랙에 닿지 않아요: {type(error).__name__}", advice)


def missing_scopes(headers: Mapping[str, Any]) -> list[str]:
    """The scopes that the token lacks, by the header of Slack's answers."""
    told = {str(name).lower(): value for name, value in headers.items()}.get("x-oauth-scopes", "")
    has = {scope.strip() for scope in (told if isinstance(told, str) else ",".join(told)).split(",")}
    return [scope for scope in SCOPES if scope not in has]


def in_channel(client: Any, found: SlackConfig, bot: str) -> Finding | None:
    """Whether the bot is in the team's channel, and people are configured to come; None where both is so."""
    from slack_sdk.errors import SlackApiError

    from bot.handover.config import HumanConfig

    try:
        channel = client.conversations_info(channel=found.team_channel)["channel"]
        name, is_member = channel.get("name") or found.team_channel, channel.get("is_member") is True
    except SlackApiError as error:
        advice = "[slack]의 team_channel에 채널 세부정보 맨 아래의 채널 ID를 적고, 비공개 채널이면 먼저 봇을 초대해 주세요."
        return Finding(WHAT, State.BROKEN, f"상담 채널 {found.team_channel}: {error.response.get('error')}", advice)
    if not is_member:
        return Finding(WHAT, State.BROKEN, f"봇이 상담 채널 #{name}에 없어요.", f"그 채널에서 /invite @{bot} 을 보내 주세요.")
    if HumanConfig.load() is None:
        advice = "설정 파일에 [human] 표를 적어 주세요. docs/handover.md에 있어요."
        return Finding(WHAT, State.NOTE, f"상담 채널 #{name}이 있는데, 사람에게 넘기는 기능이 꺼져 있어요.", advice)
    return None


def reached(config: FrontConfig, found: SlackConfig) -> Finding:
    """Where Slack is to send what is said, and whether that leads here."""
    from bot.front.slack import EVENTS

    if not config.is_secure:
        advice = f"[web]의 public_url을 https 주소로 정해 주세요. 슬랙은 https로만 보내요. {HOW}"
        return Finding(WHAT, State.NOTE, "토큰은 맞아요. 슬랙이 부를 주소가 정해지지 않았어요.", advice)
    return route(WHAT, "요청 주소", f"{config.public_url}{EVENTS}")
