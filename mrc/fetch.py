"""Fetch published reading data: resumed where it broke off, refused where its content is another.

Leaves out anything but plain HTTP(S) files of known size and SHA-256.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import requests

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 16
TIMEOUT_S = (10.0, 30.0)
"""To connect, and between two pieces."""
ATTEMPTS = 5
_RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class RemoteFile:
    """A published file as it must arrive."""

    name: str
    url: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """Published files with the terms they come under."""

    title: str
    licence: str
    licence_url: str
    homepage: str
    files: tuple[RemoteFile, ...]


KORQUAD = Dataset(
    title="KorQuAD 1.0",
    licence="CC BY-ND 2.0 KR",
    licence_url="https://creativecommons.org/licenses/by-nd/2.0/kr/",
    homepage="https://korquad.github.io/KorQuad%201.0/",
    files=(
        RemoteFile(
            "KorQuAD_v1.0_train.json",
            "https://korquad.github.io/dataset/KorQuAD_v1.0_train.json",
            38_527_475,
            "40d5115879a701751781df721d901abfa736d8db5f89000f2619433f39bf2dd2",
        ),
        RemoteFile(
            "KorQuAD_v1.0_dev.json",
            "https://korquad.github.io/dataset/KorQuAD_v1.0_dev.json",
            3_881_058,
            "25ffeb51e6c51ec02c071b60a10188e10005c144110f0d876b26079d80a35bdf",
        ),
    ),
)
"""60,407 and 5,774 questions. Both sizes and hashes are those that huggingface/datasets records for its
`squad_kor_v1` (dataset_infos.json); the ones of the dev file were computed from a copy of it as well."""


class FetchError(OSError):
    """A file that could not be fetched; `name` says which."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


class UnreachableError(FetchError):
    """There is no way to the server, or it stopped answering; what arrived is kept and gone on with next time."""


class RefusedError(FetchError):
    """The server answered, but not with the file."""


class WrongContentError(FetchError):
    """The file that arrived is not the one that was published."""


class Fetched(NamedTuple):
    """Where the file lies; `was_there` whole already, or `resumed_at` the byte this call began with."""

    path: Path
    was_there: bool
    resumed_at: int


def fetch_file(
    file: RemoteFile,
    folder: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    attempts: int = ATTEMPTS,
    wait_s: float = 1.0,
) -> Fetched:
    """Bring `file` into `folder`, going on with what an earlier call left in `NAME.part`.

    `progress(bytes there, bytes in all)` is called as they arrive. Raises UnreachableError, RefusedError or
    WrongContentError; a file in `folder` that has another content is left as it is and named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, part = folder / file.name, folder / f"{file.name}.part"
    if path.is_file():
        _check(file, path, remove=False)
        return Fetched(path, True, file.size)
    resumed_at = part.stat().st_size if part.is_file() else 0
    for attempt in range(1, attempts + 1):
        try:
            _receive(file, part, progress)
            break
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            there = part.stat().st_size if part.is_file() else 0
            logger.info("%s: broke off at byte %d (%s)", file.name, there, type(error).__name__)
            if attempt == attempts or (there == 0 and isinstance(error, requests.ConnectionError)):
                message = f"{file.url} cannot be reached ({there} of {file.size} bytes are there)"
                raise UnreachableError(file.name, message) from error
            time.sleep(wait_s * attempt)
    _check(file, part, remove=True)
    part.replace(path)
    return Fetched(path, False, resumed_at)


def _receive(file: RemoteFile, part: Path, progress: Callable[[int, int], None] | None) -> None:
    """Append to `part` what is missing; raises ChunkedEncodingError where the connection ends early."""
    there = part.stat().st_size if part.is_file() else 0
    if there > file.size:  # no such file can be gone on with
        part.unlink()
        there = 0
    if there == file.size:
        return
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={there}-"} if there else {})}
    with requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        if response.status_code in _RETRIED_STATUS:
            raise requests.ConnectionError(f"status {response.status_code}")
        if response.status_code not in (200, 206):
            raise RefusedError(file.name, f"{file.url} answers with status {response.status_code}")
        if response.status_code == 200:  # a server without ranges sends it from the beginning
            there = 0
        with part.open("ab" if there else "wb") as out:
            for piece in response.iter_content(CHUNK_BYTES):
                out.write(piece)
                there += len(piece)
                if there > file.size:
                    break
                if progress:
                    progress(there, file.size)
    if there < file.size:
        raise requests.exceptions.ChunkedEncodingError(f"{there} of {file.size} bytes arrived")


def _check(file: RemoteFile, path: Path, *, remove: bool) -> None:
    """Raise WrongContentError unless size and SHA-256 are the published ones; `remove` a wrong download."""
    size, found = path.stat().st_size, sha256(path)
    if (size, found) == (file.size, file.sha256):
        return
    if remove:
        path.unlink()
    raise WrongContentError(
        file.name,
        f"{path} has {size} bytes and SHA-256 {found}, published were {file.size} bytes and {file.sha256}",
    )


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
