"""Which skills a company has: the tables `[skills.repair]` and `[skills.order]` of `daedap.toml`.

A skill without a table, or with `enabled = false`, is off: its wishes are then answered from FAQ and manuals.

    [skills.repair]
    products = ["세탁기", "에어컨"]
    models = ["DW-F21"]
    slots = ["product", "model", "symptom", "address", "phone", "date"]   # asked for in this order
    optional = ["model", "date"]
    closed = ["일"]
    max_days_ahead = 60
    receipt_prefix = "R"
    aliases = {"세탁기" = ["드럼", "통돌이"]}
    texts = {ask_model = "모델명을 알려 주세요."}
    own_slots = [{name = "floor", label = "층수", ask = "몇 층이에요?", pattern = "\\\\d+", optional = true}]

    [skills.order]
    orders = "orders.csv"
    order_pattern = "D\\\\d{8}-\\\\d{4}"
    tries = 2
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from bot.settings import config_file
from bot.skills import texts
from nlu.entities.contacts import ORDER_PATTERN

REPAIR, ORDER = "repair", "order"
REPAIR_SLOTS = ("product", "model", "symptom", "address", "phone", "date", "name")
"""The slots a repair may ask for beside a company's own."""
WEEKDAYS = "월화수목금토일"
MAX_BUTTONS = 10
Config = TypeVar("Config", bound="RepairConfig | OrderConfig")


@dataclass(frozen=True)
class OwnSlot:
    """A slot of the company's own, kept as text; `pattern` is found in what the customer writes and is the value."""

    name: str
    label: str
    ask: str
    pattern: str = ""
    optional: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", self.name) or self.name in (*REPAIR_SLOTS, "confirmed", "details", "state"):
            raise ValueError(f"own slot {self.name!r}: a name is small Latin letters, digits and _, and none of the known slots")
        if not self.label or not self.ask:
            raise ValueError(f"own slot {self.name}: label and ask must not be empty")
        _check_pattern(f"own slot {self.name}", self.pattern)


@dataclass(frozen=True)
class RepairConfig:
    """What a repair request asks for and how, checked."""

    enabled: bool = True
    products: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other words for a product."""
    slots: tuple[str, ...] = ("product", "model", "symptom", "address", "phone", "date")
    optional: tuple[str, ...] = ("model", "date")
    own_slots: tuple[OwnSlot, ...] = ()
    """Asked for after the others."""
    closed: tuple[str, ...] = ()
    """Weekdays nobody comes."""
    min_days_ahead: int = 0
    max_days_ahead: int = 60
    receipt_prefix: str = "R"
    texts: Mapping[str, str] = field(default_factory=dict)
    """Sentences in place of those in `bot.skills.texts`."""

    def __post_init__(self) -> None:
        for name in ("products", "models", "slots", "optional", "closed"):
            object.__setattr__(self, name, _words(REPAIR, name, getattr(self, name)))
        aliases = {product: _words(REPAIR, f"aliases.{product}", words) for product, words in self.aliases.items()}
        object.__setattr__(self, "aliases", aliases)
        own = tuple(slot if isinstance(slot, OwnSlot) else _built(OwnSlot, "own_slots", slot) for slot in self.own_slots)
        object.__setattr__(self, "own_slots", own)
        _check_known("slots", self.slots, REPAIR_SLOTS)
        _check_known("optional", self.optional, (*self.slots, *(slot.name for slot in own)))
        _check_known("closed", self.closed, WEEKDAYS)
        _check_known("aliases", aliases, self.products)
        _check_texts(REPAIR, self.texts, texts.REPAIR)
        if not self.slots:
            raise ValueError("skills.repair setting slots is empty; a request must ask for something")
        if "product" in self.slots and not self.products:
            raise ValueError("skills.repair setting products is empty; name the products or take product out of slots")
        if len({slot.name for slot in own}) < len(own):
            raise ValueError("skills.repair setting own_slots names a slot twice")
        if not 0 <= self.min_days_ahead <= self.max_days_ahead <= 366:
            raise ValueError("skills.repair settings min_days_ahead and max_days_ahead must be 0 to 366, the first the smaller")
        if not re.fullmatch(r"[A-Za-z0-9]{0,6}", self.receipt_prefix):
            raise ValueError(f"skills.repair setting receipt_prefix is {self.receipt_prefix!r}; up to 6 letters or digits")

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of all slots in the order in which they are asked for."""
        return (*self.slots, *(slot.name for slot in self.own_slots))

    def own(self, name: str) -> OwnSlot | None:
        """The company's own slot of that name, or None."""
        return next((slot for slot in self.own_slots if slot.name == name), None)

    def is_optional(self, name: str) -> bool:
        own = self.own(name)
        return name in self.optional or bool(own and own.optional)

    def label(self, name: str) -> str:
        """What the slot is called before the customer."""
        own = self.own(name)
        return own.label if own else self.text(f"label_{name}")

    def text(self, name: str, **values: Any) -> str:
        """The company's sentence of that name, or the one that ships, with `values` filled in."""
        return self.texts.get(name, texts.REPAIR[name]).format(**values)


@dataclass(frozen=True)
class OrderConfig:
    """How orders are looked up, checked."""

    enabled: bool = True
    orders: Path | None = None
    """A CSV file that the table `orders` is filled from when the action server starts; without it others keep the table."""
    order_pattern: str = ORDER_PATTERN
    example: str = ""
    """An order number as the company writes it."""
    tries: int = 2
    texts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_texts(ORDER, self.texts, texts.ORDER)
        _check_pattern("skills.order setting order_pattern", self.order_pattern)
        if not isinstance(self.tries, int) or not 1 <= self.tries <= 5:
            raise ValueError(f"skills.order setting tries is {self.tries!r}; it must be 1 to 5")

    def text(self, name: str, **values: Any) -> str:
        return self.texts.get(name, texts.ORDER[name]).format(**values)


@dataclass(frozen=True)
class SkillsConfig:
    """The company's skills; one that is off is None."""

    repair: RepairConfig | None = None
    order: OrderConfig | None = None

    @property
    def names(self) -> frozenset[str]:
        """The skills that are on."""
        return frozenset(name for name in (REPAIR, ORDER) if getattr(self, name) is not None)

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> SkillsConfig:
        """The skills that the configuration file switches on."""
        return _read(config_file(file, environment))


@lru_cache(maxsize=4)
def skills_of(path: Path) -> SkillsConfig:
    """The skills in the file at `path`, read once in this process."""
    return _read(path)


def skills() -> SkillsConfig:
    """This process's skills."""
    return skills_of(config_file())


def _read(path: Path) -> SkillsConfig:
    if not path.exists():
        return SkillsConfig()
    import tomli

    tables = tomli.loads(path.read_text(encoding="utf-8")).get("skills", {})
    for name in tables:
        if name not in (REPAIR, ORDER):
            raise ValueError(f"unknown skill {name!r} in {path}; known are {REPAIR}, {ORDER}")
    orders = tables.get(ORDER, {})
    if isinstance(orders.get("orders"), str):
        orders["orders"] = path.parent / Path(orders["orders"]).expanduser()
    kinds = {REPAIR: RepairConfig, ORDER: OrderConfig}
    built = {name: _built(kinds[name], f"skills.{name}", table) for name, table in tables.items()}
    return SkillsConfig(**{name: config for name, config in built.items() if config.enabled})


def _built(kind: type[Config], name: str, table: Any) -> Config:
    """A `kind` from a table of the file; an unknown key is refused."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{name} is {table!r}; it must be a table")
    known = {one.name for one in dataclasses.fields(kind)}
    for key in table:
        if key not in known:
            raise ValueError(f"unknown {name} setting {key!r}; known are {', '.join(sorted(known))}")
    try:
        return kind(**table)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error


def _words(skill: str, name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(word, str) and word.strip() for word in value):
        raise ValueError(f"skills.{skill} setting {name} is {value!r}; it must be a list of words")
    return tuple(word.strip() for word in value)


def _check_known(name: str, given: Any, known: Any) -> None:
    for one in given:
        if one not in known:
            raise ValueError(f"skills.repair setting {name} has {one!r}; known are {', '.join(known)}")


def _check_texts(skill: str, own: Mapping[str, str], shipped: Mapping[str, str]) -> None:
    """ValueError where a sentence is unknown, no text, or has other {places} than the one it replaces."""
    for name, text in own.items():
        if name not in shipped:
            raise ValueError(f"unknown skills.{skill} text {name!r}; known are {', '.join(sorted(shipped))}")
        places = set(re.findall(r"\{(\w*)", shipped[name]))
        if not isinstance(text, str) or not set(re.findall(r"\{(\w*)", text)) <= places:
            raise ValueError(
                f"skills.{skill} text {name} is {text!r}; it may name {', '.join(sorted(places)) or 'nothing'} in braces"
            )


def _check_pattern(name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{name} is {pattern!r}, which is no regular expression: {error}") from error
