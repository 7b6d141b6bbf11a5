"""The front as one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from bot.front import api, chat_routes, documents, health, kakao, pages, slack, webhooks
from bot.front.chat import Chat
from bot.front.config import FrontConfig
from bot.front.conversations import Conversations
from bot.front.errors import on_failure, on_http_exception
from bot.front.guards import Doorkeeper
from bot.front.kakao_config import KakaoConfig
from bot.front.limits import OpenCount, RateLimit
from bot.front.metrics import Metrics
from bot.front.safe_headers import SafeHeaders
from bot.front.slack_config import SlackConfig
from bot.front.state import FrontState
from bot.front.studio import Studio
from bot.front.upstream import Upstream
from bot.front.web_handover import WebHandover
from bot.handover.config import HumanConfig
from bot.handover.queue import open_queue
from bot.settings import Settings


def create_app(
    config: FrontConfig,
    upstream: Upstream,
    settings: Settings | None = None,
    kakao_config: KakaoConfig | None = None,
    human_config: HumanConfig | None = None,
    slack_config: SlackConfig | None = None,
) -> Starlette:
    """The front over `upstream`; conversations are opened and closed with it."""
    settings = settings or Settings()
    kakao_config = kakao_config or KakaoConfig.load()
    human_config = human_config or HumanConfig.load()
    slack_config = slack_config or SlackConfig.load()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        kept = Conversations(config.conversations, config.keep_days, config.keep_messages)
        chat = Chat(kept, upstream, metrics)
        app.state.handover = WebHandover(chat, partial(open_queue, settings.database_url, human_config))
        await app.state.handover.start()
        app.state.front = FrontState(
            config,
            upstream,
            chat,
            metrics,
            RateLimit(config.per_user_per_minute),
            OpenCount(config.streams_per_address),
            OpenCount(config.streams_per_user),
            settings.max_message_characters,
            settings.database_url,
        )
        app.state.kakao = kakao.KakaoDoor.open(kakao_config, config.conversations, upstream, metrics, settings.database_url)
        opened_queue = partial(open_queue, settings.database_url, human_config)
        app.state.slack = slack.open_service(slack_config, config, upstream, metrics, human_config and opened_queue)
        if app.state.slack is not None:
            app.state.slack.start()
        try:
            yield
        finally:
            await app.state.handover.finish()
            if app.state.slack is not None:
                await app.state.slack.stop()
            await asyncio.gather(chat.finish(), app.state.kakao.turns.finish())
            await upstream.close()
            kept.close()

    parts = (api, chat_routes, documents, health, pages, kakao, slack, webhooks)
    routes = [route for part in parts for route in part.routes()]
    if config.has_studio:
        routes += Studio(config.session_secret, config.studio_password_hash, config.is_secure).routes()
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(SafeHeaders, is_secure=config.is_secure),
            Middleware(
                CORSMiddleware,
                allow_origins=list(config.allowed_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "last-event-id"],
                expose_headers=["retry-after"],
            ),
            Middleware(Doorkeeper, config=config, metrics=metrics),
        ],
        exception_handlers={HTTPException: on_http_exception, Exception: on_failure},
        lifespan=lifespan,
        max_body_size=config.max_body_bytes,
    )
