"""Running the front beside the two servers behind it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from bot.front.app import create_app
from bot.front.config import FrontConfig
from bot.front.upstream import Upstream
from bot.servers import Servers

logger = logging.getLogger(__name__)

GRACE_S = 3
KEEP_ALIVE_S = 20
REVIVE_S = 0.5


def uvicorn_server(config: FrontConfig, servers: Servers) -> uvicorn.Server:
    """A server of the front over `servers`. Proxies are `bot.front.client_address`'s matter, not uvicorn's."""
    upstream = Upstream(servers.rasa_url, servers.action_url, config.answer_timeout_s, config.turns_at_once)
    return uvicorn.Server(
        uvicorn.Config(
            create_app(config, upstream, servers.settings),
            host=config.host,
            port=config.port,
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_level="warning",
            ws="none",
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


def serve(config: FrontConfig, servers: Servers, on_ready: Callable[[str], None], on_all_ready: Callable[[], None]) -> None:
    """Serve until stopped; a server behind that ends is started again. ServerError where one cannot start, or keeps ending."""
    asyncio.run(_serve(uvicorn_server(config, servers), servers, on_ready, on_all_ready))


async def _serve(
    front: uvicorn.Server, servers: Servers, on_ready: Callable[[str], None], on_all_ready: Callable[[], None]
) -> None:
    serving = asyncio.create_task(_until_stopped(front))
    waiting = asyncio.create_task(asyncio.to_thread(servers.wait, on_ready=on_ready))
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    if waiting.done() and not waiting.exception():
        on_all_ready()
        waiting = asyncio.create_task(_keep_alive(serving, servers))
        await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    front.should_exit = True
    await serving
    if waiting.done():
        await waiting


async def _until_stopped(front: uvicorn.Server) -> None:
    """Serve; the signal that ended it, which uvicorn raises once more when all is closed, is heeded already."""
    with suppress(SystemExit, KeyboardInterrupt):
        await front.serve()


async def _keep_alive(serving: asyncio.Task, servers: Servers) -> None:
    """Starts again what ends behind the front, until that ends itself."""
    while not serving.done():
        await asyncio.to_thread(servers.revive)
        await asyncio.sleep(REVIVE_S)
