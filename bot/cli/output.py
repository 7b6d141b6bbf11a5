"""What commands print: one JSON document on stdout, everything else on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any


def print_json(document: Any) -> None:
    """Print `document` as the one JSON document of this command; dataclasses and paths are understood."""
    text = json.dumps(document, ensure_ascii=False, default=_plain)
    sys.stdout.buffer.write(text.encode("utf-8", errors="replace") + b"\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):  # numpy scalars
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")
