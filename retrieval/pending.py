"""A change in the making: which places of which segments die, what comes, and what the history is to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from retrieval.documents import Document, FaqEntry
from retrieval.entry_table import EntryTable
from retrieval.history import Action, NewChange
from retrieval.manifest import IndexDamagedError, Manifest, SegmentUse, verify
from retrieval.segments import ManualSegment
from retrieval.store import IndexStore


class UnknownIdError(ValueError):
    """No entry or document has this id; the message says so in Korean."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"id '{item_id}'인 것이 없어요. daedap faq export 로 지금 있는 id를 볼 수 있어요.")


class _Edit:
    """Which places of which segments die, and what is to be told of it."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._dead = {use.name: set(use.dead) for use in manifest.segments}
        self.changes: list[NewChange] = []

    def uses(self) -> list[SegmentUse]:
        """The version's segments with what dies."""
        return [replace(use, dead=tuple(sorted(self._dead[use.name]))) for use in self._manifest.segments]


@dataclass(frozen=True)
class _Found:
    segment: str
    place: int
    entry: FaqEntry


class FaqEdit(_Edit):
    """`new` are the entries that come, by id."""

    def __init__(self, store: IndexStore, manifest: Manifest) -> None:
        super().__init__(manifest)
        self._tables = {use.name: open_table(store, use) for use in manifest.of_kind("faq")}
        self.new: dict[str, FaqEntry] = {}
        self.unchanged = 0

    def find(self, entry_id: str) -> _Found | None:
        for name, table in self._tables.items():
            for place in table.places_of(entry_id):
                if place not in self._dead[name]:
                    return _Found(name, place, table.entries[place])
        return None

    def entry(self, entry_id: str) -> FaqEntry:
        found = self.find(entry_id)
        if found is None:
            raise UnknownIdError(entry_id)
        return found.entry

    def entries(self) -> Iterable[FaqEntry]:
        """The live entries of the version, without those that come."""
        for name, table in self._tables.items():
            yield from (table.entries[place] for place in range(table.size) if place not in self._dead[name])

    def put(self, entry: FaqEntry) -> None:
        found = self.find(entry.id)
        if found is not None and found.entry == entry:
            self.unchanged += 1
            return
        before = None
        if found is not None:
            self._dead[found.segment].add(found.place)
            before = found.entry.to_json()
        self.new[entry.id] = entry
        self.changes.append(NewChange(Action.EDIT if before else Action.ADD, "faq", entry.id, before, entry.to_json()))

    def remove(self, entry_id: str) -> None:
        found = self.find(entry_id)
        if found is None:
            raise UnknownIdError(entry_id)
        self._dead[found.segment].add(found.place)
        self.changes.append(NewChange(Action.REMOVE, "faq", entry_id, found.entry.to_json(), None))


class ManualEdit(_Edit):
    """`segments` are the loaded segments, by name."""

    def __init__(self, store: IndexStore, manifest: Manifest) -> None:
        super().__init__(manifest)
        self.segments: dict[str, ManualSegment] = {}
        for use in manifest.of_kind("manuals"):
            verify(store.segment_folder(use.name), use, store.rebuild_command)
            self.segments[use.name] = ManualSegment.load(store.segment_folder(use.name))

    def put(self, document: Document) -> None:
        before = self._kill(document.id)
        action = Action.EDIT if before else Action.ADD
        self.changes.append(NewChange(action, "manuals", document.id, before, _told(document)))

    def remove(self, document_id: str) -> None:
        before = self._kill(document_id)
        if before is None:
            raise UnknownIdError(document_id)
        self.changes.append(NewChange(Action.REMOVE, "manuals", document_id, before, None))

    def _kill(self, document_id: str) -> dict[str, Any] | None:
        for name, segment in self.segments.items():
            for place, document in enumerate(segment.documents):
                if document.id == document_id and place not in self._dead[name]:
                    self._dead[name].add(place)
                    return _told(document)
        return None


def _told(document: Document) -> dict[str, Any]:
    """What the history keeps of a document."""
    return {"id": document.id, "title": document.title, "file_name": document.file_name, "text": document.text}


def open_table(store: IndexStore, use: SegmentUse) -> EntryTable:
    """The entries of a segment. IndexDamagedError."""
    folder = store.segment_folder(use.name)
    try:
        return EntryTable.load_table(folder)
    except (OSError, ValueError):
        raise IndexDamagedError(f"{folder}: 색인이 깨졌어요. 다시 만들어 주세요: {store.rebuild_command}") from None
