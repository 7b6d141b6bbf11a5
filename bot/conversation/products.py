"""The company's products as they are named in messages: by name, by its last noun, by a model or code of theirs.

All of it comes from the index: names from the products of entries and manuals, models and codes from what only
the texts of one product contain. 청소기 means 로봇청소기 where no other product ends so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from bot.conversation.particles import with_particle
from nlu.morphemes import analyze
from nlu.normalize import normalize
from retrieval.ngrams import code_terms

if TYPE_CHECKING:
    from retrieval.index import Index

MIN_ALIAS_CHARACTERS = 2


class Mention(NamedTuple):
    """A product named at `[start, end)` of a text."""

    product: str
    start: int
    end: int


class Products:
    """`names` as the company writes them; `codes` says of which product a model or code is."""

    def __init__(self, names: Iterable[str], codes: Mapping[str, str] | None = None) -> None:
        self.names = tuple(sorted({name for name in names if name.strip()}, key=lambda name: (-len(name), name)))
        self._codes = dict(codes or {})
        aliases = _aliases(self.names)
        spellings = [(name, name) for name in self.names] + sorted(aliases.items(), key=lambda one: -len(one[0]))
        self._patterns = [(re.compile(_spaced(spelling), re.IGNORECASE), name) for spelling, name in spellings]

    def mentions(self, text: str) -> list[Mention]:
        """Where products are named by name, none within another, in order."""
        found: list[Mention] = []
        for pattern, name in self._patterns:
            for match in pattern.finditer(text):
                if not any(one.start < match.end() and match.start() < one.end for one in found):
                    found.append(Mention(name, *match.span()))
        return sorted(found, key=lambda one: one.start)

    def named(self, text: str) -> tuple[str, ...]:
        """The products meant by names, models and codes of `text`, each once."""
        named = [mention.product for mention in self.mentions(text)]
        named += [self._codes[code] for code in code_terms(text) if code in self._codes]
        return tuple(dict.fromkeys(named))

    def one_of(self, text: str, options: Iterable[str]) -> str | None:
        """The one of `options` that `text` means, also by a part of its name; None where it may be several or none."""
        options = tuple(options)
        named = [product for product in self.named(text) if product in options]
        if named:
            return named[0] if len(named) == 1 else None
        words = {morpheme.form for morpheme in analyze(text) if morpheme.tag in ("NNG", "NNP")}
        parts = [option for option in options if any(len(word) > 1 and word in option for word in words)]
        return parts[0] if len(parts) == 1 else None

    def swapped(self, question: str, product: str) -> str:
        """`question` with `product` in place of the first product it names, or before it where it names none."""
        question = normalize(question).text
        mentions = self.mentions(question)
        if not mentions:
            return f"{product} {question}"
        start, end = mentions[0].start, mentions[0].end
        return with_particle(f"{question[:start]}{product}{question[end:]}", start + len(product))


def _aliases(names: tuple[str, ...]) -> dict[str, str]:
    """The last nouns of names that are made of several, where only one name ends so and none is called so."""
    owners: dict[str, set[str]] = {}
    for name in names:
        nouns = [morpheme.form for morpheme in analyze(name) if morpheme.tag in ("NNG", "NNP")]
        for n in range(1, len(nouns)):
            owners.setdefault("".join(nouns[n:]), set()).add(name)
    long = {alias: found for alias, found in owners.items() if len(alias) >= MIN_ALIAS_CHARACTERS and alias not in names}
    return {alias: next(iter(found)) for alias, found in long.items() if len(found) == 1}


def _spaced(name: str) -> str:
    return r"\s?".join(map(re.escape, "".join(name.split())))


_kept: tuple[Index, Products] | None = None


def products_of(index: Index) -> Products:
    """The products of an index, read once for each version of it."""
    global _kept
    kept = _kept
    if kept is None or kept[0] is not index:
        kept = _kept = (index, read_products(index))
    return kept[1]


def read_products(index: Index) -> Products:
    """Names of products; models and codes are those that stand in the texts of one product only."""
    owners: dict[str, set[str]] = {}
    for entry in index.entries:
        if entry.product:
            for code in code_terms("\n".join((*entry.questions, entry.answer))):
                owners.setdefault(code, set()).add(entry.product)
    for document in index.documents:
        if document.product:
            for code in code_terms(document.text):
                owners.setdefault(code, set()).add(document.product)
    return Products(index.products, {code: next(iter(found)) for code, found in owners.items() if len(found) == 1})
