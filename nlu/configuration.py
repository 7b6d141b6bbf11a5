"""Configurations are frozen dataclasses: default < file < what was given on the command line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, TypeVar

Configuration = TypeVar("Configuration")


def with_changes(config: Configuration, **changes: Any) -> Configuration:
    """The configuration with those of `changes` that are not None."""
    return dataclasses.replace(config, **{name: value for name, value in changes.items() if value is not None})


def load_configuration(kind: type[Configuration], path: Path | str | None = None, **changes: Any) -> Configuration:
    """A `kind` from a JSON file (the default one without a file); `changes` that are not None win.

    A field that is itself a configuration is a JSON object. Raises ValueError for text that is no JSON
    object, for unknown keys, and where the configuration refuses a value.
    """
    if path is None:
        return with_changes(kind(), **changes)
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:  # not UTF-8, or not JSON
        raise ValueError(f"{path} is no JSON in UTF-8: {error}") from error
    return with_changes(from_dict(kind, values, str(path)), **changes)


def find_configuration(name: str | None, folder: Path) -> Path | None:
    """The file `name`, or the one called so (without .json) among those of `folder`; None for no name.

    Raises FileNotFoundError that lists the names there are.
    """
    if name is None or Path(name).is_file():
        return Path(name) if name else None
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.json")))
        raise FileNotFoundError(f"{name}: 설정 파일이 없어요. 준비된 이름: {known}")
    return path


def from_dict(kind: type[Configuration], values: Any, source: str) -> Configuration:
    """A `kind` from what `dataclasses.asdict` gave; `source` names the file in errors."""
    if not isinstance(values, dict):
        raise ValueError(f"{source} holds {type(values).__name__}, an object of settings is wanted")
    known = {field.name: field for field in dataclasses.fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"{source}: unknown keys {unknown}; known are {list(known)}")
    nested = {
        name: from_dict(type(known[name].default), value, f"{source}: {name}")
        for name, value in values.items()
        if dataclasses.is_dataclass(known[name].default) and isinstance(value, dict)
    }
    return kind(**{**values, **nested})
