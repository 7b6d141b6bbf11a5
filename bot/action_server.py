"""`python -m bot.action_server`: the action server on loopback.

`/health` says that the process lives, `/ready` whether it can answer: 200, 503 while index and
models are being loaded, 500 with the reason where they could not be. The front asks `bot.answer_doors`.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.lifeline import end_with_parent
from bot.masking import log_masked
from bot.settings import Settings, stay_offline

if TYPE_CHECKING:
    from sanic import Sanic


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped."""
    settings = Settings.load()
    parser = argparse.ArgumentParser("python -m bot.action_server", description="the bot's action server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=settings.action_port)
    options = parser.parse_args(arguments)
    end_with_parent()
    stay_offline()
    log_masked(logging.WARNING)
    create_app().run(options.host, options.port, access_log=False)


def create_app() -> Sanic:
    """The rasa_sdk application with our actions and `/ready`; loading begins at once."""
    from bot.actions.service import answer_service
    from bot.answer_doors import add_answer_doors
    from bot.handover.keeper import keep_hand_overs
    from bot.storage.retention import keep_swept

    service = answer_service()
    service.start()
    keep_hand_overs()
    keep_swept(Settings.load().database_url)

    from rasa_sdk.endpoint import create_app as create_sdk_app
    from sanic.response import json

    app = create_sdk_app("bot.actions", cors_origins="")

    @app.get("/ready")
    async def ready(_: Any) -> Any:
        if service.failure is not None:
            return json({"ready": False, "reason": service.failure}, status=500)
        return json({"ready": service.ready}, status=200 if service.ready else 503)

    add_answer_doors(app, service)
    return app


if __name__ == "__main__":
    sys.exit(main())
