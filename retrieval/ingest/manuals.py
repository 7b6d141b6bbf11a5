"""Folders of manuals to documents and passages, by file suffix."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from retrieval.documents import Document, Passage
from retrieval.ingest.blocks import Converted
from retrieval.ingest.html import read_html
from retrieval.ingest.markdown import read_markdown
from retrieval.ingest.passages import assemble
from retrieval.ingest.pdf import read_pdf
from retrieval.ingest.problems import Problem, UnreadableFileError
from retrieval.ingest.word import read_word

CONVERTERS: dict[str, Callable[[Path], Converted]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_word,
    ".pdf": read_pdf,
}
NOT_TEXT = frozenset(".png .jpg .jpeg .gif .svg .webp .css .js .ico .ttf .woff .woff2".split())
"""What documents are illustrated with; passed over without a word."""


def manual_files(folders: Iterable[str | Path]) -> tuple[list[Path], list[Problem]]:
    """The files below the folders in order of name, hidden ones left out; a folder may be a file itself."""
    files: list[Path] = []
    problems: list[Problem] = []
    for folder in map(Path, folders):
        if folder.is_file():
            files.append(folder)
        elif folder.is_dir():
            found = (p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() not in NOT_TEXT)
            files += sorted(p for p in found if not any(part.startswith((".", "~$")) for part in p.relative_to(folder).parts))
        else:
            problems.append(Problem(str(folder), None, "폴더가 없어요."))
    return files, problems


def read_manual(path: str | Path, document_id: str | None = None) -> tuple[Document, list[Passage], list[Problem]]:
    """One file. UnreadableFileError says why it could not be read; the problems are lesser ones."""
    path = Path(path)
    name = unicodedata.normalize("NFC", path.name)
    convert = CONVERTERS.get(path.suffix.lower())
    if convert is None:
        known = ", ".join(dict.fromkeys(suffix.lstrip(".") for suffix in CONVERTERS))
        raise UnreadableFileError(f"읽을 수 없는 형식이에요({path.suffix or '확장자 없음'}). 읽을 수 있는 형식: {known}")
    try:
        converted = convert(path)
    except OSError as error:
        raise UnreadableFileError(f"파일을 열 수 없어요({error.strerror}).") from None
    document, passages = assemble(document_id or unicodedata.normalize("NFC", path.stem), name, converted)
    if not passages:
        raise UnreadableFileError("글자가 없는 문서예요.")
    return document, passages, [Problem(name, None, warning) for warning in converted.warnings]


def read_manuals(
    folders: Iterable[str | Path], progress: Callable[[str], None] | None = None
) -> tuple[list[Document], list[Passage], list[Problem]]:
    """Every document below the folders; a file that cannot be read becomes a problem.

    A document's id is its file's name without suffix; where two files share that, the later one
    keeps its suffix too, and a number after that.
    """
    files, problems = manual_files(folders)
    documents: list[Document] = []
    passages: list[Passage] = []
    taken: set[str] = set()
    for path in files:
        if progress:
            progress(path.name)
        try:
            document, cut, lesser = read_manual(path, _free_id(path, taken))
        except UnreadableFileError as error:
            problems.append(Problem(unicodedata.normalize("NFC", path.name), None, str(error)))
            continue
        taken.add(document.id)
        documents.append(document)
        passages += cut
        problems += lesser
    return documents, passages, problems


def _free_id(path: Path, taken: set[str]) -> str:
    stem, name = (unicodedata.normalize("NFC", text) for text in (path.stem, path.name))
    for candidate in (stem, name, *(f"{name}-{n}" for n in range(2, 10_000))):
        if candidate not in taken:
            return candidate
    raise ValueError(f"too many files named {name}")
