"""Products and models of a company, learnt from its own FAQ and manuals, and found in messages.

Products are the values of the FAQ's product column. A model is a word of Latin letters and digits that
looks like one and stands in the company's texts; a suffix that follows it there (Pro, Plus) belongs to it.
Nothing here knows a company.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nlu.entities.found import Found

_MODEL = re.compile(
    r"(?<![A-Za-z0-9\-])[A-Z]{1,5}-[A-Z]{0,3}\d{1,6}[A-Z]{0,3}(?: (?:Pro|Plus|Max|Lite|Mini|Air|Ultra))?(?![A-Za-z0-9\-])"
)
_CODE = re.compile(
    r"(?<![A-Za-z0-9\-])([A-Z]{1,3}\d{1,3}|[A-Za-z]{2})"
    r"(?=(?:\s?(?:에러|오류|코드)|(?:이|가)?\s?(?:떠|뜨|표시)|(?:이라고|라고)\s?(?:떠|뜨|나와)))"
)
_PATTERN_CODE = re.compile(r"(?<![A-Za-z0-9\-])(?:[A-Za-z]{1,3}[- ]?\d{1,3}[A-Za-z]?)(?![A-Za-z0-9\-])")
_CODE_WORDS = re.compile(r"에러|오류|코드|뜨|떠|떴|표시|깜빡|나와|나오|점검")
_BEFORE_CODE = re.compile(r"(?:에러|오류)\s*(?:코드|번호)?\s*(?:는|가|:)?\s*(?P<code>[A-Za-z]{1,3}[- ]?\d{0,3})(?![A-Za-z0-9])")


@dataclass(frozen=True)
class Catalog:
    """`products` as the company writes them, `models` likewise, `codes` of errors in upper case."""

    products: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @classmethod
    def from_texts(cls, products: Iterable[str], texts: Iterable[str]) -> Catalog:
        """Products as given; models and error codes found in `texts`."""
        models: set[str] = set()
        codes: set[str] = set()
        for text in texts:
            models.update(_MODEL.findall(text))
            codes.update(code.upper() for code in _CODE.findall(text))
        kept = sorted({product.strip() for product in products if product and product.strip()}, key=lambda p: (-len(p), p))
        return cls(tuple(kept), tuple(sorted(models, key=lambda m: (-len(m), m))), tuple(sorted(codes)))

    def find(self, text: str) -> list[Found]:
        """Entities `model`, `error_code` and `product` of `text`, models first; they may overlap."""
        return [*self._models(text), *self._codes(text), *self._products(text)]

    def _models(self, text: str) -> list[Found]:
        found = []
        for model in self.models:
            letters = r"[\s\-]{0,2}".join(re.escape(part) for part in re.split(r"[\s\-]", model))
            for match in re.finditer(rf"(?<![A-Za-z0-9]){letters}(?![A-Za-z0-9])", text, re.IGNORECASE):
                found.append(Found("model", match.start(), match.end(), model))
        for match in _MODEL.finditer(text):  # one that the company's texts do not know
            found.append(Found("model", match.start(), match.end(), match.group()))
        return found

    def _products(self, text: str) -> list[Found]:
        found = []
        for product in self.products:
            letters = r"\s?".join(map(re.escape, "".join(product.split())))
            for match in re.finditer(letters, text, re.IGNORECASE):
                found.append(Found("product", match.start(), match.end(), product))
        return found

    def _codes(self, text: str) -> list[Found]:
        found = [
            Found("error_code", match.start("code"), match.end("code"), _bare(match["code"]))
            for match in _BEFORE_CODE.finditer(text)
        ]
        for code in self.codes:
            for match in re.finditer(rf"(?<![A-Za-z0-9\-]){re.escape(code)}(?![A-Za-z0-9\-])", text, re.IGNORECASE):
                if any(c.isdigit() for c in code) or _CODE_WORDS.search(text) or text.strip().upper() == code:
                    found.append(Found("error_code", match.start(), match.end(), code))
        if _CODE_WORDS.search(text):
            for match in _PATTERN_CODE.finditer(text):
                found.append(Found("error_code", match.start(), match.end(), _bare(match.group())))
        return found

    def save(self, path: Path) -> None:
        document = {"products": self.products, "models": self.models, "codes": self.codes}
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Catalog:
        document = json.loads(path.read_text(encoding="utf-8"))
        return cls(*(tuple(document[name]) for name in ("products", "models", "codes")))


def _bare(code: str) -> str:
    return re.sub(r"[\s\-]", "", code).upper()
