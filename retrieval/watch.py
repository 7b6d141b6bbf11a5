"""A serving process takes up new versions of its index by itself.

CURRENT is looked at twice a second; a new version is loaded beside the old one, from which it takes the
segments both have, and handed over when it is ready. Whoever works with the old one goes on undisturbed.
A version that cannot be loaded is reported with the name of the file, and the last good one goes on serving.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from retrieval.index import Index
from retrieval.store import IndexStore

logger = logging.getLogger(__name__)

INTERVAL_S = 0.5


class IndexWatch:
    """Calls `take(index)` in a thread of its own for each new version of the index in `folder`.

    `problem` says why the newest version does not serve, None where it does.
    """

    def __init__(self, folder: str | Path, index: Index, take: Callable[[Index], None], interval_s: float = INTERVAL_S) -> None:
        self._store = IndexStore(folder)
        self._index = index
        self._take = take
        self._interval_s = interval_s
        self._seen = index.version
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index-watch", daemon=True)
        self.problem: str | None = None

    @property
    def index(self) -> Index:
        """The newest version that could be loaded."""
        return self._index

    def start(self) -> IndexWatch:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Takes up the current version where it is new and good; whether it did."""
        try:
            version = self._store.current()
            if version is None or version == self._seen:
                return False
            index = Index.load(self._store.folder, self._index.vectors, previous=self._index)
            self._take(index)
        except Exception as error:  # whatever is wrong with a new version, the old one must go on serving
            self.problem = str(error) or type(error).__name__
            logger.error("the new version of the index was refused, %s goes on serving: %s", self._index.version, self.problem)
            self._seen = version
            return False
        self._index, self._seen, self.problem = index, index.version, None
        logger.info("version %s of the index was taken up", index.version)
        return True

    def _run(self) -> None:
        while not self._stopped.wait(self._interval_s):
            self.look()
