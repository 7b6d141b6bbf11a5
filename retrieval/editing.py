"""Adding, changing and removing entries and documents of an index that may be serving.

A change writes one small segment with what is new, names what it replaces or removes in the new version's
manifest, and tells the history who did it and what stood there before. The work is in proportion to the
change; `retrieval.compaction` joins the small segments later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from retrieval.building import with_products
from retrieval.compaction import start_if_due
from retrieval.dense import DenseConfig
from retrieval.documents import Document, FaqEntry, Passage
from retrieval.history import Action, Change, History, NewChange
from retrieval.index import vectors_identity
from retrieval.manifest import IndexDamagedError, Manifest, SegmentUse, live_counts
from retrieval.pending import FaqEdit, ManualEdit, UnknownIdError, open_table
from retrieval.segments import FaqSegment, ManualSegment
from retrieval.store import IndexStore, Staged

__all__ = ["EditSummary", "IndexEditor", "UnknownIdError", "read_history"]

EDIT_LOCK_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class EditSummary:
    """The ids that were added, changed and removed, and how many were as they should be; `version` is the new one."""

    version: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0


class IndexEditor:
    """Changes the index in `folder` in the name of `who`.

    FileNotFoundError where there is no index, IndexDamagedError where its vectors are not those given,
    UnknownIdError for an id that is not there, ValueError for one that is, IndexBusyError.
    """

    def __init__(
        self,
        folder: str | Path,
        who: str,
        vectors: StaticVectors | str | Path | None = None,
        *,
        compact: bool = True,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> None:
        """`progress` is called with steps done, steps in all and what is being done."""
        self._store = IndexStore(folder)
        self._who = who
        self._vectors = vectors
        self._compact = compact
        self._progress = progress or (lambda done, steps, what: None)

    def add(self, entry: FaqEntry) -> EditSummary:
        """Adds an entry whose id is new."""

        def plan(edit: FaqEdit) -> None:
            if edit.find(entry.id):
                raise ValueError(f"id '{entry.id}'인 항목이 이미 있어요. 고치려면 daedap faq edit {entry.id} 을(를) 써 주세요.")
            edit.put(entry)

        return self._change_faq(plan)

    def edit(self, entry_id: str, change: Callable[[FaqEntry], FaqEntry]) -> EditSummary:
        """Puts `change(entry)` in the place of the entry with this id."""
        return self._change_faq(lambda edit: edit.put(change(edit.entry(entry_id))))

    def remove(self, entry_ids: Iterable[str]) -> EditSummary:
        """Removes the entries with these ids: all of them, or none where one is not there."""

        def plan(edit: FaqEdit) -> None:
            for entry_id in dict.fromkeys(entry_ids):
                edit.remove(entry_id)

        return self._change_faq(plan)

    def put(self, entries: Sequence[FaqEntry], *, remove_others: bool = False) -> EditSummary:
        """Adds each entry, or puts it in the place of the one with its id; an entry that is there as it is stays."""

        def plan(edit: FaqEdit) -> None:
            for entry in entries:
                edit.put(entry)
            if remove_others:
                wanted = {entry.id for entry in entries}
                for entry_id in [entry.id for entry in edit.entries() if entry.id not in wanted]:
                    edit.remove(entry_id)

        return self._change_faq(plan)

    def put_documents(self, documents: Sequence[tuple[Document, Sequence[Passage]]]) -> EditSummary:
        """Adds each document, or puts it in the place of the one with its id."""
        return self._change_manuals(documents, ())

    def remove_documents(self, document_ids: Iterable[str]) -> EditSummary:
        """Removes the documents with these ids: all of them, or none where one is not there."""
        return self._change_manuals((), tuple(dict.fromkeys(document_ids)))

    def _change_faq(self, plan: Callable[[FaqEdit], None]) -> EditSummary:
        with self._locked() as manifest:
            edit = FaqEdit(self._store, manifest)
            plan(edit)
            new = list(edit.new.values())
            step = self._counter(FaqSegment.build_steps(new))
            build = (lambda vectors, dense: FaqSegment.build(new, vectors, step, dense)) if new else None
            uses = [use for use in edit.uses() if use.live]
            summary = self._publish(manifest, uses, build, edit.changes, manifest.counts)
        return replace(summary, unchanged=edit.unchanged)

    def _change_manuals(self, documents: Sequence[tuple[Document, Sequence[Passage]]], removed: Sequence[str]) -> EditSummary:
        with self._locked() as manifest:
            edit = ManualEdit(self._store, manifest)
            for document_id in removed:
                edit.remove(document_id)
            products = _products(self._store, manifest)
            new = [with_products([document], passages, products) for document, passages in documents]
            for (document,), _ in new:
                edit.put(document)
            uses = [use for use in edit.uses() if use.live]
            all_documents = [document for (document,), _ in new]
            all_passages = [passage for _, passages in new for passage in passages]

            def build(vectors: StaticVectors, dense: DenseConfig) -> ManualSegment:
                return ManualSegment.build(all_documents, all_passages, vectors, self._counter(len(all_passages)), dense)

            counts = live_counts([(use, edit.segments[use.name]) for use in uses if use.kind == "manuals"])
            counts = {"documents": counts["documents"] + len(new), "passages": counts["passages"] + len(all_passages)}
            return self._publish(manifest, uses, build if new else None, edit.changes, {**manifest.counts, **counts})

    def _counter(self, steps: int) -> Callable[[], None]:
        numbers = count(1)
        return lambda: self._progress(next(numbers), steps, "색인")

    @contextmanager
    def _locked(self):
        """The current manifest, under the lock, after its vectors were compared."""
        if self._store.current() is None:
            self._store.manifest()  # raises with the command that makes an index
        with self._store.lock(EDIT_LOCK_TIMEOUT_S):
            manifest = self._store.manifest()
            if not isinstance(self._vectors, StaticVectors):
                self._vectors = load_vectors(self._vectors)
            if manifest.vectors != vectors_identity(self._vectors):
                raise IndexDamagedError(
                    f"{self._store.folder}: 색인을 만든 벡터와 지금 벡터가 달라요. "
                    f"다시 만들어 주세요: {self._store.rebuild_command}"
                )
            yield manifest
        if self._compact:
            start_if_due(self._store)

    def _publish(
        self,
        manifest: Manifest,
        uses: Sequence[SegmentUse],
        build: Callable[[StaticVectors, DenseConfig], FaqSegment | ManualSegment] | None,
        changes: Sequence[NewChange],
        counts: dict[str, int],
    ) -> EditSummary:
        if not changes:
            return EditSummary(self._store.current() or "")
        if build is None and not uses:
            raise ValueError("마지막으로 남은 것은 지울 수 없어요. 색인이 비게 돼요.")
        staged: list[Staged] = []
        if build is not None:
            staged.append(self._store.stage(build(self._vectors, DenseConfig(**manifest.dense))))
        segments = (*uses, *(one.use for one in staged))
        entries = sum(use.live for use in segments if use.kind == "faq")
        try:
            with History(self._store.folder) as history:
                last = history.write(changes, self._who, manifest.change)
            version = self._store.publish(
                replace(
                    manifest,
                    segments=segments,
                    counts={**counts, "entries": entries},
                    change=last,
                    edits=manifest.edits + len(changes),
                ),
                staged,
            )
        except BaseException:
            self._store.discard(staged)
            raise
        ids = {action: tuple(change.item for change in changes if change.action is action) for action in Action}
        return EditSummary(version, ids[Action.ADD], ids[Action.EDIT], ids[Action.REMOVE])


def read_history(folder: str | Path, item: str | None = None, limit: int = 100) -> list[Change]:
    """The changes of the index in `folder`, of one id or of all, the newest first."""
    store = IndexStore(folder)
    until = store.manifest().change
    if not until:
        return []
    with History(store.folder) as history:
        return history.read(until, item, limit)


def _products(store: IndexStore, manifest: Manifest) -> frozenset[str]:
    return frozenset().union(*(open_table(store, use).products for use in manifest.of_kind("faq")))
