"""What could not be read, said to the person who runs the indexing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`reason` is a Korean sentence; `row` counts as a spreadsheet does, the heading being row 1."""

    file: str
    row: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file} {self.row}행: {self.reason}" if self.row else f"{self.file}: {self.reason}"


class UnreadableFileError(ValueError):
    """A file that cannot be read as a whole; its message is the Korean reason."""
