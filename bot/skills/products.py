"""Which of the company's products and models a message names."""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple

from bot.skills.config import RepairConfig
from nlu.entities.catalog import Catalog
from nlu.entities.ordinals import chosen_place

MAX_MODEL_CHARACTERS = 40
NEAR = 0.65
"""How alike (difflib's ratio) a misspelt word must be to a product."""
_INSTEAD = re.compile(r"\s*(?:은|는|이|가)?\s*(?:말고|아니고|아니라|대신)")
_MODEL_LIKE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9\- ]*\d)[A-Za-z]{1,6}[\- ]?[A-Za-z]{0,4}\d[A-Za-z0-9\-]{0,20}(?![A-Za-z0-9])"
)
_PLACE = re.compile(
    r"(?:음|그|네|저)?[\s.,]*(?:\d{1,2}|[①-⑳]|[일이삼사오첫두세네]|다섯|둘|셋|넷|마지막|맨\s?(?:위|아래|끝))\s?(?:번째|번|째)?"
    r"\s*(?:거|것|걸|제품)?(?:이요|요|예요|이에요|이야|로|으로|할게요|입니다|[\s.!~])*"
)
"""A place and nothing else: 2번이요, not 내일 2시."""
_SIGNS = re.compile(r"[=<>;'\"%*A-Za-z]")
"""What stands in code and in other words than a model's name."""


class Named(NamedTuple):
    """A product at `[start, end)`; `value` is the company's word for it."""

    start: int
    end: int
    value: str


def find_products(text: str, config: RepairConfig) -> list[Named]:
    """The products that `text` names, those it names only to say that they are not meant left out; longest words first."""
    words = {product: product for product in config.products}
    words |= {alias: product for product, aliases in config.aliases.items() for alias in aliases}
    found: list[Named] = []
    for word in sorted(words, key=len, reverse=True):
        letters = r"\s?".join(map(re.escape, "".join(word.split())))
        for match in re.finditer(letters, text, re.IGNORECASE):
            free = all(match.end() <= other.start or other.end <= match.start() for other in found)
            if free:
                found.append(Named(match.start(), match.end(), words[word]))
    return sorted(one for one in found if not _INSTEAD.match(text, one.end))


def read_product(text: str, config: RepairConfig) -> str | None:
    """The product in the answer to the question for it: named, misspelt, a part of its name, or its place in the list."""
    found = find_products(text, config)
    if found:
        return found[-1].value if len({one.value for one in found}) > 1 and "아니" in text else found[0].value
    if len(text) > 60:
        return None
    for word in re.findall(r"[가-힣A-Za-z]{2,}", text):
        stem = re.sub(r"(?:이에요|예요|이요|입니다|인데요|요|이|가|를|을)$", "", word)
        parts = [product for product in config.products if len(stem) >= 2 and stem in product]
        if len(parts) == 1:
            return parts[0]
        near = difflib.get_close_matches(stem, config.products, 1, NEAR)
        if near:
            return near[0]
    place = chosen_place(text, len(config.products)) if _PLACE.fullmatch(text.strip()) else None
    return config.products[place] if place is not None else None


def find_model(text: str, config: RepairConfig) -> str | None:
    """The model that `text` surely names: one of the company's, or a word that looks like a model (AB-C12)."""
    found = Catalog(models=config.models).find(text)
    models = [one.value for one in found if one.kind == "model"]
    return models[0] if models else None


def read_model(text: str, config: RepairConfig) -> str | None:
    """The model in the answer to the question for it: any word of Latin letters and digits; None where there is none."""
    known = find_model(text, config)
    if known:
        return known
    match = _MODEL_LIKE.search(text)
    if match is None or _SIGNS.search(text[: match.start()] + text[match.end() :]):
        return None
    bare = {_bare(model): model for model in config.models}
    return bare.get(_bare(match.group()), match.group().upper()[:MAX_MODEL_CHARACTERS].strip())


def _bare(model: str) -> str:
    return re.sub(r"[\s\-]", "", model).upper()
