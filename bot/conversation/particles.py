"""Korean particles that change with the sound before them: 세탁기는, 에어컨은, E2가, E1이."""

from __future__ import annotations

_FORMS = (("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("이나", "나"), ("이랑", "랑"), ("으로", "로"), ("이면", "면"))
"""After a consonant, after a vowel."""
_FINAL_L = 8
_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구"))
_LETTERS = {"l": "엘", "m": "엠", "n": "엔", "r": "알"}


def last_sound(word: str) -> int:
    """The number of the final consonant that a word's last syllable, digit or letter is said with, 0 for none."""
    last = word[-1:].lower()
    syllable = _DIGITS.get(last) or _LETTERS.get(last) or last
    return (ord(syllable) - ord("가")) % 28 if "가" <= syllable <= "힣" else 0


def with_particle(text: str, at: int) -> str:
    """`text` with the particle at `at`, where one stands there alone, in the form that the word before it asks for."""
    if not 0 < at < len(text) or text[at].isspace() or not text[at - 1].isalnum():
        return text
    said = text[at:].split(maxsplit=1)[0].rstrip("?.!,")
    sound = last_sound(text[:at])
    for forms in _FORMS:
        if said in forms:
            is_open = not sound or (forms[0] == "으로" and sound == _FINAL_L)
            return text[:at] + forms[is_open] + text[at + len(said) :]
    return text


def topic(word: str) -> str:
    """`word` with 은 or 는."""
    return f"{word}{'은' if last_sound(word) else '는'}"
