"""What the routes of one front share."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from bot.front.chat import Chat
from bot.front.config import FrontConfig
from bot.front.limits import OpenCount, RateLimit
from bot.front.metrics import Metrics
from bot.front.upstream import Upstream


@dataclass
class FrontState:
    config: FrontConfig
    upstream: Upstream
    chat: Chat
    metrics: Metrics
    per_user: RateLimit
    streams_per_address: OpenCount
    streams_per_user: OpenCount
    max_message_characters: int
    database_url: str


def state_of(request: Request) -> FrontState:
    return request.app.state.front
