"""Korean text as hurried fingers leave it: noise that makes further training texts out of those there are.

Typing slips happen to jamo: a syllable is taken apart into the keys pressed on a 두벌식 (KS X 5002)
keyboard, one key is changed for a neighbour, left out, doubled or swapped with the next, and what was
pressed is composed again as an input method would (쇼핑 → 쇼밍, 셋 → 셔ㅅ is not produced: jamo that
compose, compose). Spaces are dropped and put in; eojeol are deleted and swapped (EDA, Wei & Zou 2019,
arXiv:1901.11196); content words are replaced by near ones of Kiwi's model (contextual neighbours in
place of EDA's thesaurus), particles and endings following along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

KEY_ROWS = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")
"""The three letter rows of a 두벌식 keyboard, each shifted half a key to the right of the one above."""
SHIFTED = dict(zip("ㅃㅉㄸㄲㅆㅒㅖ", "ㅂㅈㄷㄱㅅㅐㅔ"))
"""Letters typed with shift, and the key they lie on."""
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
COMPOUNDS = {
    "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
"""Letters that take two keys."""
_JOINED = {keys: letter for letter, keys in COMPOUNDS.items()}
MIN_SIMILARITY = 0.6
REPLACED_TAGS = frozenset("NNG MAG XR VV VA".split())


@dataclass(frozen=True)
class Augmentation:
    """How much noise; shares are probabilities, 0 leaves a kind out."""

    rows: float = 0.0
    """Share of the training rows that get any noise in an epoch."""
    typos: float = 0.03
    """Share of the Hangul syllables in which a finger slips."""
    spacing: float = 0.1
    """Share of the spaces dropped, and a quarter of that of the gaps between syllables spaced."""
    deletion: float = 0.05
    """Share of the eojeol left out."""
    swap: float = 0.05
    """Share of neighbouring eojeol that change places."""
    neighbours: float = 0.1
    """Share of the content words replaced by one of Kiwi's five nearest."""

    def __post_init__(self) -> None:
        for name in ("rows", "typos", "spacing", "deletion", "swap", "neighbours"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"augmentation.{name} is {getattr(self, name)}, it must lie in [0, 1]")


def augment(text: str, config: Augmentation, rng: np.random.Generator) -> str:
    """`text` with noise of each kind, or as it is for the share of rows that get none; never empty where it was not."""
    if rng.random() >= config.rows:
        return text
    steps: list[tuple[Callable[[str, float, np.random.Generator], str], float]] = [
        (replace_by_neighbours, config.neighbours),
        (delete_eojeols, config.deletion),
        (swap_eojeols, config.swap),
        (slip_fingers, config.typos),
        (change_spacing, config.spacing),
    ]
    noisy = text
    for step, share in steps:
        noisy = step(noisy, share, rng) if share else noisy
    return noisy if noisy.strip() else text


def slip_fingers(text: str, share: float, rng: np.random.Generator) -> str:
    """A key of each chosen syllable is changed for a neighbour, left out, doubled or swapped with the next."""
    slips = [is_syllable(character) and rng.random() < share for character in text]
    if not any(slips):
        return text
    return compose("".join(_slip(keys_of(c), rng) if slips[i] else keys_of(c) for i, c in enumerate(text)))


def _slip(keys: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(keys)))
    kind = rng.random()
    if kind < 0.6:
        near = neighbour_keys(keys[at])
        return keys[:at] + near[int(rng.integers(len(near)))] + keys[at + 1 :]
    if kind < 0.75 and len(keys) > 2:
        return keys[:at] + keys[at + 1 :]
    if kind < 0.9:
        return keys[:at] + keys[at] * 2 + keys[at + 1 :]
    at = min(at, len(keys) - 2)
    return keys[:at] + keys[at + 1] + keys[at] + keys[at + 2 :]


@cache
def neighbour_keys(key: str) -> tuple[str, ...]:
    """The letters on the keys around that of `key`, and its own with or without shift.

    >>> neighbour_keys("ㅁ")
    ('ㄴ', 'ㅂ', 'ㅈ', 'ㅋ')
    """
    plain = SHIFTED.get(key, key)
    row = next(i for i, letters in enumerate(KEY_ROWS) if plain in letters)
    column = KEY_ROWS[row].index(plain)
    steps = ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, -1), (1, 0))
    places = [(row + down, column + right) for down, right in steps]
    found = {KEY_ROWS[r][c] for r, c in places if 0 <= r < 3 and 0 <= c < len(KEY_ROWS[r])}
    if plain != key:
        found.add(plain)
    found.update(letter for letter, below in SHIFTED.items() if below == key)
    return tuple(sorted(found))


def is_syllable(character: str) -> bool:
    return "가" <= character <= "힣"


def keys_of(character: str) -> str:
    """The letters a syllable is typed with, compounds taken apart; any other character as it is.

    >>> keys_of("왕")
    'ㅇㅗㅏㅇ'
    """
    if not is_syllable(character):
        return character
    number = ord(character) - ord("가")
    letters = (INITIALS[number // 588], VOWELS[number % 588 // 28], FINALS[number % 28])
    return "".join(COMPOUNDS.get(letter, letter) for letter in letters)


def compose(keys: str) -> str:
    """Letters joined to syllables as a Korean input method joins them; what does not compose stays a lone jamo.

    >>> compose("ㅇㅗㅏㅇㅂㅣ ㅋㅋ")
    '왕비 ㅋㅋ'
    """
    made: list[str] = []
    at = 0
    while at < len(keys):
        if keys[at] in INITIALS and at + 1 < len(keys) and keys[at + 1] in VOWELS:
            initial, at = keys[at], at + 1
            vowel, at = _longest(keys, at, VOWELS)
            final = ""
            if at < len(keys) and keys[at] in FINALS[1:] and not _begins_syllable(keys, at):
                final, at = _final(keys, at)
            made.append(chr(ord("가") + INITIALS.index(initial) * 588 + VOWELS.index(vowel) * 28 + FINALS.index(final)))
        else:
            made.append(keys[at])
            at += 1
    return "".join(made)


def _longest(keys: str, at: int, letters: str) -> tuple[str, int]:
    joined = _JOINED.get(keys[at : at + 2])
    return (joined, at + 2) if joined and joined in letters else (keys[at], at + 1)


def _final(keys: str, at: int) -> tuple[str, int]:
    joined = _JOINED.get(keys[at : at + 2])
    if joined in FINALS and not _begins_syllable(keys, at + 1):
        return joined, at + 2
    return keys[at], at + 1


def _begins_syllable(keys: str, at: int) -> bool:
    return at + 1 < len(keys) and keys[at] in INITIALS and keys[at + 1] in VOWELS


def change_spacing(text: str, share: float, rng: np.random.Generator) -> str:
    """Each space goes with probability `share`, each gap between two syllables is spaced with a quarter of it."""
    made: list[str] = []
    for i, character in enumerate(text):
        if character == " " and rng.random() < share:
            continue
        made.append(character)
        if is_syllable(character) and is_syllable(text[i + 1 : i + 2]) and rng.random() < share / 4:
            made.append(" ")
    return "".join(made)


def delete_eojeols(text: str, share: float, rng: np.random.Generator) -> str:
    """Each eojeol is left out with probability `share`; one always stays."""
    words = text.split()
    kept = [word for word in words if rng.random() >= share]
    return " ".join(kept or words[:1])


def swap_eojeols(text: str, share: float, rng: np.random.Generator) -> str:
    """Each eojeol changes places with the next one with probability `share`."""
    words = text.split()
    for i in range(len(words) - 1):
        if rng.random() < share:
            words[i], words[i + 1] = words[i + 1], words[i]
    return " ".join(words)


def replace_by_neighbours(text: str, share: float, rng: np.random.Generator) -> str:
    """Content words become one of their nearest of Kiwi's model; unchanged where nothing was drawn.

    Eojeol with a replacement are written anew by Kiwi, so that particles and endings fit (병을 → 주전자를).
    """
    from nlu.morphemes import analyze

    morphemes = analyze(text)
    near = {}
    for i, morpheme in enumerate(morphemes):
        if morpheme.tag.partition("-")[0] in REPLACED_TAGS and rng.random() < share:
            found = near_forms(morpheme.form, morpheme.tag)
            if found:
                near[i] = found[int(rng.integers(len(found)))]
    if not near:
        return text
    made, at = [], 0
    for start, end, members in _eojeols(text, morphemes):
        if any(i in near for i in members):
            made += [text[at:start], _joined([(near.get(i, morphemes[i].form), morphemes[i].tag) for i in members])]
            at = end
    return "".join(made) + text[at:]


def _eojeols(text: str, morphemes: list) -> list[tuple[int, int, list[int]]]:
    """`(start, end, numbers of its morphemes)` of each run between white space."""
    found: list[tuple[int, int, list[int]]] = []
    for i, morpheme in enumerate(morphemes):
        if found and not any(map(str.isspace, text[found[-1][1] : morpheme.start])) and morpheme.start >= found[-1][0]:
            start, end, members = found[-1]
            found[-1] = (start, max(end, morpheme.end), [*members, i])
        else:
            found.append((morpheme.start, morpheme.end, [i]))
    return found


def _joined(morphemes: list[tuple[str, str]]) -> str:
    from nlu.morphemes import kiwi

    (form, tag), *rest = morphemes
    return kiwi().join([(form, tag), *((form, tag, False) for form, tag in rest)], lm_search=False).strip()


@lru_cache(maxsize=50_000)
def near_forms(form: str, tag: str, n: int = 5) -> tuple[str, ...]:
    """At most `n` other forms with the same tag whose cosine in Kiwi's model is at least 0.6, nearest first."""
    from nlu.morphemes import kiwi

    try:
        found = kiwi().most_similar_morphemes((form, tag), top_n=4 * n)
    except ValueError:  # not in Kiwi's model
        return ()
    kept = [m.form for m in found if m.tag == tag and m.form != form and m.score >= MIN_SIMILARITY]
    return tuple(dict.fromkeys(kept))[:n]
