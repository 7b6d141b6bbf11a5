"""A real front in a process of its own, for two that share one file: `python -m tests.bot.front.slack_front_process JSON`."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    import uvicorn

    from bot.front.app import create_app
    from bot.front.config import FrontConfig
    from bot.front.slack_config import SlackConfig
    from bot.front.upstream import Upstream
    from bot.settings import Settings

    told = json.loads(sys.argv[1])
    folder = Path(told["folder"])
    slack = SlackConfig(told["token"], told["secret"], api_url=told["api_url"])
    config = FrontConfig(port=told["port"], conversations=folder / f"web-{told['port']}.db")
    settings = Settings(database_url=f"sqlite:///{folder / 'j.db'}")
    app = create_app(config, Upstream(told["rasa_url"], told["rasa_url"], 10.0), settings, slack_config=slack)
    uvicorn.run(app, port=told["port"], log_level="warning", ws="none")


if __name__ == "__main__":
    main()
