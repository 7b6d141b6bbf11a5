"""Folders of manuals to documents and passages."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from retrieval.documents import Document, Passage
from retrieval.ingest.blocks import Converted
from retrieval.ingest.formats import SUFFIXES, Format, format_of
from retrieval.ingest.html import read_html
from retrieval.ingest.hwp import read_hwp
from retrieval.ingest.hwpx import read_hwpx
from retrieval.ingest.markdown import read_markdown
from retrieval.ingest.passages import assemble
from retrieval.ingest.pdf import read_pdf
from retrieval.ingest.powerpoint import read_powerpoint
from retrieval.ingest.problems import Problem, UnreadableFileError
from retrieval.ingest.word import read_word

logger = logging.getLogger(__name__)

CONVERTERS: dict[Format, Callable[[Path], Converted]] = {
    Format.MARKDOWN: read_markdown,
    Format.HTML: read_html,
    Format.WORD: read_word,
    Format.PDF: read_pdf,
    Format.HWPX: read_hwpx,
    Format.HWP: read_hwp,
    Format.POWERPOINT: read_powerpoint,
}
NOT_TEXT = frozenset(
    ".png .jpg .jpeg .gif .bmp .tif .tiff .svg .webp .css .js .ico .ttf .otf .woff .woff2 .mp3 .mp4 .avi .mov .lnk".split()
)
"""What documents are illustrated with; passed over without a word."""
MAX_MEGABYTES = {Format.MARKDOWN: 10, Format.HTML: 100}
"""Text is parsed whole in memory, and takes about a hundred times its size; pictures inside HTML are taken out before."""
MAX_MEGABYTES_ELSE = 200


def manual_files(folders: Iterable[str | Path]) -> tuple[list[Path], list[Problem]]:
    """The files below the folders in order of name, hidden ones left out; a folder may be a file itself.

    Links are not followed: one that leads out of its folder is named, one that stays inside would only
    be read twice.
    """
    files: list[Path] = []
    problems: list[Problem] = []
    for folder in map(Path, folders):
        if folder.is_file():
            files.append(folder)
        elif folder.is_dir():
            root = folder.resolve()
            for path in sorted(folder.rglob("*")):
                parts = path.relative_to(folder).parts
                if any(part.startswith((".", "~$")) for part in parts) or path.suffix.lower() in NOT_TEXT:
                    continue
                if path.is_symlink():
                    if not _is_below(path, root):
                        problems.append(Problem(_shown(path, folder), None, "폴더 밖을 가리키는 링크라서 따라가지 않았어요."))
                elif path.is_file():
                    files.append(path)
        else:
            problems.append(Problem(str(folder), None, "폴더가 없어요."))
    return files, problems


def read_manual(path: str | Path, document_id: str | None = None) -> tuple[Document, list[Passage], list[Problem]]:
    """One file. UnreadableFileError says why it could not be read; the problems are lesser ones."""
    path = Path(path)
    name = unicodedata.normalize("NFC", path.name)
    try:
        found = format_of(path)
        _check_size(path, found)
        converted = CONVERTERS[found](path)
    except OSError as error:
        raise UnreadableFileError(f"파일을 열 수 없어요({error.strerror or type(error).__name__}).") from None
    except UnreadableFileError:
        raise
    except Exception as error:  # a converter's library met a file its writers did not think of; the others go on
        logger.debug("cannot read %s", path, exc_info=True)
        raise UnreadableFileError(f"읽다가 멈췄어요({type(error).__name__}). 원래 프로그램에서 다시 저장해 주세요.") from error
    document, passages = assemble(document_id or unicodedata.normalize("NFC", path.stem), name, converted)
    if not passages:
        raise UnreadableFileError("글자가 없는 문서예요.")
    warnings = list(converted.warnings)
    suffix = path.suffix.lower()
    if SUFFIXES.get(suffix) is not found:
        warnings.append(f"확장자는 {suffix or '없는데'}{'인데' if suffix else ''} 내용은 {found.value}라서 그렇게 읽었어요.")
    return document, passages, [Problem(name, None, warning, was_read=True) for warning in warnings]


def read_manuals(
    folders: Iterable[str | Path], progress: Callable[[str], None] | None = None
) -> tuple[list[Document], list[Passage], list[Problem]]:
    """Every document below the folders; a file that cannot be read becomes a problem.

    A document's id is its file's name without suffix; where two files share that, the later one
    keeps its suffix too, and a number after that.
    """
    folders = [Path(folder) for folder in folders]
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
            problems.append(Problem(_shown(path, *folders), None, str(error)))
            continue
        taken.add(document.id)
        documents.append(document)
        passages += cut
        problems += lesser
    return documents, passages, problems


def _check_size(path: Path, found: Format) -> None:
    limit = MAX_MEGABYTES.get(found, MAX_MEGABYTES_ELSE)
    size = path.stat().st_size
    if size > limit << 20:
        raise UnreadableFileError(
            f"파일이 너무 커요({size / (1 << 20):,.0f}MB). {found.value}는 {limit}MB까지 읽어요. 나눠서 넣어 주세요."
        )


def _is_below(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link that leads in a circle
        return False


def _shown(path: Path, *folders: Path) -> str:
    """The file's path below the folder it was found in."""
    inside = next((path.relative_to(folder) for folder in folders if path != folder and path.is_relative_to(folder)), None)
    return unicodedata.normalize("NFC", inside.as_posix() if inside else path.name)


def _free_id(path: Path, taken: set[str]) -> str:
    stem, name = (unicodedata.normalize("NFC", text) for text in (path.stem, path.name))
    for candidate in (stem, name, *(f"{name}-{n}" for n in range(2, 10_000))):
        if candidate not in taken:
            return candidate
    raise ValueError(f"too many files named {name}")
