"""`python -m bot.rasa_server`: Rasa with the bot's channels, its management API closed.

Does what `rasa run --credentials credentials.yml --endpoints endpoints.yml` does, with five
differences: the action server is reached through `ActionEndpoint`, its results are checked by one validator,
TensorFlow is left out where the model does not need it (see `bot.without_tensorflow`), a store that cannot be loaded
is refused, and the process ends with its parent.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.lifeline import end_with_parent
from bot.masking import log_masked
from bot.settings import ROOT, Settings, stay_offline
from bot.without_tensorflow import components_of_model, leave_out, needs_tensorflow
from nlu.morphemes import kiwi

if TYPE_CHECKING:
    from rasa.core.tracker_store import TrackerStore
    from rasa.utils.endpoints import EndpointConfig

logger = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 1_000_000
ACTION_SHARE = 0.9
"""The part of the answer timeout that the action server may use; the rest is Rasa's own work."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped."""
    options = _parser().parse_args(arguments)
    end_with_parent()
    stay_offline()
    os.environ.setdefault("SANIC_REQUEST_MAX_SIZE", str(MAX_REQUEST_BYTES))
    os.environ.setdefault("SANIC_ACCESS_LOG", "false")
    log_masked(logging.WARNING)
    needed = needs_tensorflow(components_of_model(options.model))
    if not options.tensorflow and not needed:
        leave_out()
    serve(options.model, options.host, options.port, options.action_url)


def serve(model: Path, host: str, port: int, action_url: str) -> None:
    """Run Rasa's server on `model`; returns when it is stopped."""
    morphemes = threading.Thread(target=kiwi, name="kiwi", daemon=True)
    morphemes.start()  # Kiwi's second of loading passes while Rasa is imported
    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.log_utils import configure_structlog

    from bot.action_endpoint import ActionEndpoint, check_results_by_one_validator

    configure_structlog(logging.WARNING)
    settings = Settings.load()
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.tracker_store = tracker_store(endpoints.tracker_store)
    morphemes.join()
    check_results_by_one_validator()
    endpoints.action = ActionEndpoint(action_url, settings.answer_timeout_s * ACTION_SHARE)
    rasa.core.run.serve_application(
        model_path=str(model),
        interface=host,
        port=port,
        credentials=str(ROOT / "credentials.yml"),
        endpoints=endpoints,
        enable_api=False,
    )


def tracker_store(endpoint: EndpointConfig | None) -> TrackerStore:
    """The store that `endpoints.yml` names. ValueError where Rasa would silently keep the conversations in memory."""
    from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore

    store = TrackerStore.create(endpoint)
    if isinstance(store, InMemoryTrackerStore):
        raise ValueError(
            f"endpoints.yml: tracker_store {endpoint and endpoint.type} 을(를) 불러올 수 없어요. 대화가 사라지게 돼요."
        )
    return store


def _parser() -> argparse.ArgumentParser:
    settings = Settings.load()
    parser = argparse.ArgumentParser("python -m bot.rasa_server", description="Rasa with the bot's channels")
    parser.add_argument("--model", type=Path, required=True, help="trained Rasa model (.tar.gz)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=settings.rasa_port)
    parser.add_argument("--action-url", default=f"http://127.0.0.1:{settings.action_port}/webhook")
    parser.add_argument("--tensorflow", action="store_true", help="load TensorFlow though no component is known to need it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
