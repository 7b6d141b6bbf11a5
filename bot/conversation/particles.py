"""Korean particles that change with the sound before them: 세탁기는, 에어컨은."""

from __future__ import annotations

_FORMS = (("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("이나", "나"), ("이랑", "랑"), ("으로", "로"), ("이면", "면"))
"""After a consonant, after a vowel."""


def ends_in_consonant(word: str) -> bool:
    """Whether a word's last syllable is closed; False where that is not a Hangul syllable."""
    return bool(word) and "가" <= word[-1] <= "힣" and (ord(word[-1]) - ord("가")) % 28 > 0


def with_particle(text: str, at: int) -> str:
    """`text` with the particle at `at`, where one stands there alone, in the form that the word before it asks for."""
    if not 0 < at < len(text) or not "가" <= text[at - 1] <= "힣":
        return text
    said = text[at:].split(maxsplit=1)[0].rstrip("?.!,") if not text[at].isspace() else ""
    closed = ends_in_consonant(text[:at])
    for forms in _FORMS:
        if said in forms:
            is_open = not closed or (forms[0] == "으로" and (ord(text[at - 1]) - ord("가")) % 28 == 8)
            return text[:at] + forms[is_open] + text[at + len(said) :]
    return text


def topic(word: str) -> str:
    """`word` with 은 or 는."""
    return f"{word}{'은' if ends_in_consonant(word) else '는'}"
