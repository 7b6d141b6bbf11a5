"""Personal numbers taken out of a text before it is written down.

Masked are resident-registration numbers (also those of foreigners), card numbers, Korean phone
numbers (mobile, land line, +82, spelt 공일공…) and e-mail addresses. Numbers of companies
(1588-1234) stay.
"""

from __future__ import annotations

import logging
import re

from nlu.normalize import normalize

_SEPARATOR = r"[\s.\-‐-―−~·/()]{0,3}"
_EDGE_BEFORE, _EDGE_AFTER = r"(?<!\d)", r"(?!\d)"
_SPELT = "공영일이삼사오육륙칠팔구"

_RRN = re.compile(
    rf"{_EDGE_BEFORE}\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_SEPARATOR}[0-9](?:\d{{6}}|[*xX●]{{6}}){_EDGE_AFTER}"
)
_CARD = re.compile(
    rf"{_EDGE_BEFORE}(?:\d{{4}}{_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{1,7}}"
    rf"|\d{{4}}{_SEPARATOR}\d{{6}}{_SEPARATOR}\d{{4,5}}){_EDGE_AFTER}"
)
_PHONE = re.compile(
    rf"(?:\+{_SEPARATOR}82|{_EDGE_BEFORE}82){_SEPARATOR}0?{_SEPARATOR}\d{{1,2}}{_SEPARATOR}\d{{3,4}}{_SEPARATOR}\d{{4}}{_EDGE_AFTER}"
    rf"|{_EDGE_BEFORE}\(?0(?:2|1[016-9]|[3-6]\d|70|50\d?){_SEPARATOR}\d{{3,4}}{_SEPARATOR}\d{{4}}{_EDGE_AFTER}"
)
_SPELT_PHONE = re.compile(rf"(?:공일공|영일영|공일일)(?:[\s\-,.다시의]{{0,3}}[{_SPELT}]){{7,8}}")
_EMAIL = re.compile(r"(?<![\w.+-])(?<!sql://)(?<!psycopg2://)[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
"""Not who a database is opened as: postgresql://daedap@db.example.com."""

_RULES = (
    (_RRN, "[주민등록번호]"),
    (_CARD, "[카드번호]"),
    (_PHONE, "[전화번호]"),
    (_SPELT_PHONE, "[전화번호]"),
    (_EMAIL, "[이메일]"),
)


def mask(text: str) -> str:
    """`text`, normalized, with personal numbers replaced by their kind in brackets."""
    return mask_numbers(normalize(text).text)


def mask_numbers(text: str) -> str:
    """`text` as it is, with personal numbers replaced by their kind in brackets."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class MaskingFormatter(logging.Formatter):
    """A log's lines, tracebacks among them, without personal numbers: a database says in its errors what a row held."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_numbers(super().format(record))


def log_masked(level: int) -> None:
    """Log to standard error from `level` on, personal numbers masked."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
