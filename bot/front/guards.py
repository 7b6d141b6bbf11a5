"""What every request passes before its route: whose it is, how often, and from which site."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.front import texts
from bot.front.client_address import client_address
from bot.front.config import FrontConfig
from bot.front.errors import error_response
from bot.front.limits import RateLimit
from bot.front.metrics import Metrics

SLACK = ("/webhooks/slack/webhook", "/webhooks/slack/interactive", "/webhooks/slack/command")
UNLIMITED = ("/healthz", "/readyz", "/metrics", "/webhooks/kakao/webhook", *SLACK)
"""Not counted by address: all of KakaoTalk's customers come from Kakao's, and are counted one by one in their route; what
comes to Slack's routes is signed, and Slack sends everything again that is refused."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Doorkeeper:
    """Finds out the client (`scope["state"]["client"]`), refuses foreign sites and too many requests."""

    def __init__(self, app: ASGIApp, config: FrontConfig, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self.trusted = tuple(ipaddress.ip_network(proxy, strict=False) for proxy in config.trusted_proxies)
        self.origins = frozenset(config.allowed_origins) | frozenset(filter(None, [config.public_url]))
        self.limit = RateLimit(config.per_address_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = client_address((scope.get("client") or (None,))[0], scope["headers"], self.trusted)
        scope.setdefault("state", {})["client"] = client
        if scope["method"] not in READING and not self._is_own_site(Headers(scope=scope)):
            await error_response(403, texts.FOREIGN_ORIGIN)(scope, receive, send)
            return
        if scope["path"] not in UNLIMITED and (seconds := self.limit.take(client.key)):
            self.metrics.limited.labels("address").inc()
            await too_many(seconds)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_own_site(self, headers: Headers) -> bool:
        """Whether the page that sent the request is ours or an allowed one; programs send no Origin."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") in (None, "same-origin", "none")
        if origin in self.origins:
            return True
        parts = urlsplit(origin) if "://" in origin else None
        return parts is not None and parts.scheme in ("http", "https") and parts.netloc == headers.get("host")


def too_many(seconds: int):
    """The response 429 with the time after which to come back."""
    return error_response(429, texts.TOO_MANY.format(seconds=seconds), {"Retry-After": str(seconds)})
