"""Files that are either whole or not there: written beside the old one, then put in its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Let `write(file)` fill a temporary file, then put it in the place of `path`.

    Where that fails (a full disk) the old file stays, nothing half-written is left, and an OSError
    names `path`.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            write(file)
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # torch's writer turns a full disk into a RuntimeError
        kept = "the one before is kept" if path.is_file() else "nothing was left there"
        raise OSError(f"{path} could not be written, {kept}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, document: Any) -> None:
    """Write `document` as JSON in UTF-8, whole or not at all."""
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    write_whole(path, lambda file: file.write(text.encode("utf-8")))
