"""A message that leans on what was said before, as whole questions, the likeliest first.

What was said is the customer's last whole question and the FAQ question or heading that answered it. Nothing
is made up: words of the two are put together, by their morphemes and by the company's own product names.
Which of the questions was meant the cascade tells, by how sure it is of each (`bot.conversation.asking`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.leaning import LITTLE_NOUNS, Lean, Leaning
from bot.conversation.memory import Memory
from bot.conversation.particles import topic, with_particle
from bot.conversation.products import Products
from nlu.morphemes import Morpheme, analyze
from retrieval.ngrams import CODE

if TYPE_CHECKING:
    from nlu.vectors import StaticVectors

ALIKE = 0.58
"""From this cosine on a noun may take the place of another: 주말 and 평일 have 0.71, 강남 and 부산 0.60, 카드 and 현금 0.48."""
MAX_QUESTIONS = 6
NOUNS = ("NNG", "NNP", "SL", "SN", "SO", "XSN", "XPN", "XR", "W_SERIAL")
PREDICATES = ("VV", "VA", "VX", "VC", "XSV", "XSA")


def rewritten(leaning: Leaning, memory: Memory, products: Products, vectors: StaticVectors) -> tuple[str, ...]:
    """The whole questions that the message may mean, none where nothing is remembered that it could lean on."""
    bases = [base for base in dict.fromkeys((memory.question, memory.topic)) if base]
    if leaning.kind is Lean.FRAGMENT:
        found = _in_place(leaning, bases, products, vectors)
    elif leaning.kind is Lean.CONDITION:
        found = [f"{leaning.text} {base}" for base in bases]
    elif leaning.kind is Lean.POINTING:
        found = [_pointed(leaning, about) for about in _subjects(bases)]
    elif leaning.kind in (Lean.BARE, Lean.CONNECTED):
        found = [_spoken_of(leaning.text, about, products) for about in _subjects(bases)]
    else:
        found = []
    return tuple(dict.fromkeys(question for question in found if question))[:MAX_QUESTIONS]


def about_product(question: str, product: str, products: Products) -> str:
    """`question` asked about `product`."""
    return products.swapped(question, product)


def subject(question: str, *, whole: bool = False) -> str:
    """What a question is about: its nouns up to the first predicate behind one, or with `whole` all of them.

    >>> subject("세탁기 배수 필터는 얼마나 자주 청소해요?")
    '세탁기 배수 필터'
    """
    words: list[str] = []
    last: Morpheme | None = None
    for morpheme in _subject_nouns(question, whole):
        text = question[morpheme.start : morpheme.end]
        if last is not None and morpheme.start == last.end:
            words[-1] += text
        else:
            words.append(text)
        last = morpheme
    return " ".join(words)


def _subject_nouns(question: str, whole: bool) -> list[Morpheme]:
    nouns: list[Morpheme] = []
    morphemes = analyze(question)
    for morpheme, after in zip(morphemes, (*morphemes[1:], None)):
        acts = morpheme.tag in NOUNS and after is not None and after.tag in ("XSV", "XSA") and after.start == morpheme.end
        if nouns and not whole and (acts or morpheme.tag.startswith(PREDICATES)):
            break
        if morpheme.tag in NOUNS and morpheme.form not in LITTLE_NOUNS and (nouns or morpheme.tag not in ("XSN", "SO")):
            nouns.append(morpheme)
    return nouns


def _subjects(bases: list[str]) -> list[str]:
    short = [subject(base) for base in bases]
    whole = [subject(base, whole=True) for base in bases]
    return [about for about in dict.fromkeys((*short, *whole)) if about]


def _in_place(leaning: Leaning, bases: list[str], products: Products, vectors: StaticVectors) -> list[str]:
    """The fragment's product or code in place of theirs; another noun in place of what they are about, or behind it."""
    focus = leaning.focus
    mentions = products.mentions(focus)
    if mentions and "".join(focus.split()) == "".join(focus[mentions[0].start : mentions[0].end].split()):
        return [about_product(base, mentions[0].product, products) for base in bases]
    if leaning.plain or not bases:
        return []
    if CODE.fullmatch(focus) and (code := CODE.search(bases[0])):
        return [_put(bases[0], focus, *code.span())]
    behind = [f"{about} {topic(focus)}?" for about in _subjects(bases) if focus not in about]
    alike = _most_alike(bases[0], focus, vectors)
    found = [_about_other(bases[0], focus, products), *behind[:1], _put(bases[0], focus, *(alike or (0, 0)))]
    if alike is None:  # in place of nothing that was said, so perhaps asked of what was answered with: 대전 본점 영업시간은?
        found += [f"{about} {topic(focus)}?" for base in bases[1:] if (about := subject(base)) and focus not in about]
    return [*found, *(_about_other(base, focus, products) for base in bases[1:])]


def _put(base: str, focus: str, start: int, end: int) -> str:
    """`focus` in place of `[start, end)` of `base`, the particle behind it fitted."""
    gap = "" if end > start else " "
    return with_particle(f"{base[:start]}{focus}{gap}{base[end:]}", start + len(focus))


def _about_other(base: str, focus: str, products: Products) -> str:
    """`base` asked about `focus` in place of all it is about but its product: 로봇청소기 배터리만 becomes 로봇청소기 물걸레만."""
    nouns = _subject_nouns(base, whole=False)
    if not nouns:
        return f"{focus} {base}"
    start, end = nouns[0].start, nouns[-1].end
    named = [one for one in products.mentions(base[:end]) if one.start == start]
    if named and named[0].end < end:
        between = base[named[0].end : end]
        start = named[0].end + len(between) - len(between.lstrip())
        if between[:1].strip():  # a particle behind the product: 세탁기에 앵글을
            start = next((noun.start for noun in nouns if noun.start >= named[0].end), named[0].end)
    return _put(base, focus, start, end)


def _most_alike(base: str, focus: str, vectors: StaticVectors) -> tuple[int, int] | None:
    """`[start, end)` of the noun of `base` whose vector is nearest to the first noun of `focus` that has one."""
    known = [_vector(m, vectors) for m in analyze(focus) if m.tag in ("NNG", "NNP")]
    wanted = next((vector for vector in known if vector is not None), None)
    if wanted is None:
        return None
    nouns = [m for m in analyze(base) if m.tag in ("NNG", "NNP") and m.form not in LITTLE_NOUNS]
    near = [(float(vector @ wanted), m) for m in nouns if (vector := _vector(m, vectors)) is not None]
    best = max(near, key=lambda one: one[0], default=None)
    return _compound(base, best[1]) if best and best[0] >= ALIKE else None


def _compound(base: str, noun: Morpheme) -> tuple[int, int]:
    """`[start, end)` of the nouns written together that `noun` is one of: 물걸레, of its 걸레."""
    start, end = noun.start, noun.end
    nouns = [morpheme for morpheme in analyze(base) if morpheme.tag in NOUNS]
    for other in reversed(nouns):
        start = other.start if other.end == start else start
    for other in nouns:
        end = other.end if other.start == end else end
    return start, end


def _vector(morpheme: Morpheme, vectors: StaticVectors):
    other = "NNP" if morpheme.tag == "NNG" else "NNG"
    found = vectors.morpheme_vector(morpheme.form, morpheme.tag)
    return found if found is not None else vectors.morpheme_vector(morpheme.form, other)


def _pointed(leaning: Leaning, about: str) -> str:
    """The message with `about` in place of what points back: 거기 전화번호는 becomes 강남점 전화번호는."""
    before, after = leaning.text[: leaning.start], leaning.text[leaning.end :].lstrip()
    if leaning.focus and about.endswith(leaning.focus):  # 그 매장은, of 강남 매장
        rest = after[len(leaning.focus) :] if after.startswith(leaning.focus) else f" {after}"
        return with_particle(f"{before}{about}{rest}", len(before) + len(about))
    return f"{before}{about} {after}".strip()


def _spoken_of(text: str, about: str, products: Products) -> str | None:
    """The message with what is spoken of before it; its own product goes before that of what is spoken of."""
    named = products.mentions(text)
    if named and products.mentions(about):
        about = products.swapped(about, named[0].product)
        text = f"{text[: named[0].start]}{text[named[0].end :]}".strip()
    return f"{about} {text}" if about not in text else None
