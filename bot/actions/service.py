"""The cascade of this process: loaded in the background, asked in threads, renewed with its index.

Actions never touch the cascade on the event loop, so that a long reading holds up nobody else. A new version
of the index takes the place of the old one between two questions; those under way end with the one they had.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.cascade import Cascade
    from retrieval.index import Index
    from retrieval.watch import IndexWatch

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
MAX_WORKERS = 4
LOADING_SHARE = 0.6
"""The part of the answer timeout that a question may wait for the cascade to be loaded."""


class StillLoadingError(RuntimeError):
    """The cascade is not there yet."""


class AnswerService:
    """One cascade and the threads that work with it."""

    def __init__(self, load: Callable[[], Cascade], loading_timeout_s: float) -> None:
        self._load = load
        self._loading_timeout_s = loading_timeout_s
        self._pool = ThreadPoolExecutor(max_workers=MAX_WORKERS, thread_name_prefix="answer")
        self._cascade: Future[Cascade] | None = None

    def start(self) -> None:
        """Begin to load; a second call does nothing."""
        if self._cascade is None:
            self._cascade = self._pool.submit(self._load)
            self._cascade.add_done_callback(_log_failure)

    def renew(self, cascade: Cascade) -> None:
        """Lets `cascade` answer from now on."""
        renewed: Future[Cascade] = Future()
        renewed.set_result(cascade)
        self._cascade = renewed

    @property
    def ready(self) -> bool:
        return self._cascade is not None and self._cascade.done() and self._cascade.exception() is None

    @property
    def failure(self) -> str | None:
        """Why the cascade could not be loaded, or None."""
        if self._cascade is None or not self._cascade.done():
            return None
        error = self._cascade.exception()
        return None if error is None else str(error) or type(error).__name__

    async def run(self, work: Callable[[Cascade], Result]) -> Result:
        """`work(cascade)` in a thread. StillLoadingError where it does not get loaded in time."""
        self.start()
        try:
            cascade = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._cascade)), self._loading_timeout_s)
        except asyncio.TimeoutError as error:
            raise StillLoadingError("the cascade is still being loaded") from error
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, cascade)


def _log_failure(future: Future) -> None:
    if future.exception() is not None:
        logger.error("the cascade could not be loaded: %s", future.exception())


@lru_cache(maxsize=1)
def answer_service() -> AnswerService:
    """This process's service over the index and models that the settings name."""
    settings = Settings.load()

    def load() -> Cascade:
        from bot.cascade import Cascade
        from bot.warming import begin_to_warm_up

        cascade = Cascade.load(settings)
        cascade.reader.warm_up()  # else the first customer waits for Kiwi's tables and the network's buffers
        begin_to_warm_up(cascade)
        follow(service, cascade, settings.index)
        return cascade

    service = AnswerService(load, settings.answer_timeout_s * LOADING_SHARE)
    return service


def follow(service: AnswerService, cascade: Cascade, folder: Path) -> IndexWatch:
    """Renews the service's cascade with each new version of the index in `folder`, in a thread of its own."""
    from retrieval.watch import IndexWatch

    def take(index: Index) -> None:
        nonlocal cascade
        cascade = cascade.over(index)
        service.renew(cascade)

    return IndexWatch(folder, cascade.index, take).start()
