"""What a skill says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """A sentence with the choices under it: `(title, payload)`."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()


def choice(title: str) -> tuple[str, str]:
    """A choice that says its title."""
    return title, title
