"""What could not be read, said to the person who runs the indexing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`reason` is a Korean sentence; `row` counts as a spreadsheet does, the heading being row 1.

    `was_read` where the file is in the index nonetheless, a part of it aside.
    """

    file: str
    row: int | None
    reason: str
    was_read: bool = False

    @property
    def skips_file(self) -> bool:
        """Whether the whole file was left out."""
        return self.row is None and not self.was_read

    def __str__(self) -> str:
        return f"{self.file} {self.row}행: {self.reason}" if self.row else f"{self.file}: {self.reason}"


class UnreadableFileError(ValueError):
    """A file that cannot be read as a whole; its message is the Korean reason."""
