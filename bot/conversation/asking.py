"""A message in its conversation, asked: the answer, what it was understood as, and what is remembered of it.

message ─ a product that was asked back for → the question that waited, about that product
        ─ leans on what was said           → the whole question it means (`rewriting`); where it may stand
                                             on its own as well, both are asked and the surer answer is taken
        ─ else                             → as it stands
then, where it is not clear which product is meant → the one spoken of, or a question back (`narrowing`)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import messages
from bot.answer import Answer, Candidate, Kind
from bot.conversation.about_answer import KINDS as ABOUT_ANSWER
from bot.conversation.about_answer import about as about_answer
from bot.conversation.codes import code_in_question, says_no_code, without_code
from bot.conversation.leaning import Lean, Leaning, leaning, other_mind
from bot.conversation.memory import Memory, Pending
from bot.conversation.mood import disappointed, went_on
from bot.conversation.narrowing import ambiguous, product_of
from bot.conversation.products import Products, products_of
from bot.conversation.rewriting import about_product, rewritten
from bot.conversation.sureness import RANKS, speaks_of, squeezed, surest
from bot.skills.addresses import find_address
from nlu.entities.contacts import find_phones
from nlu.entities.found import blanked

if TYPE_CHECKING:
    from bot.cascade import Cascade

SURE_LEANS = frozenset({Lean.FRAGMENT, Lean.POINTING})
"""Ways to lean that make a message a question, though its intent looks like small talk."""
REFUSES = re.compile(r"말고|말구|아니|아닌|틀렸|틀려")
MAX_LETTERS_BESIDE = 6
"""So many letters beside a phone number or an address say only whose it is: 집 전화 02-…"""
OTHER_SHARE = 0.25
"""Entries whose score is below this share of the best one's are no answer to "다른 거"."""


@dataclass(frozen=True)
class Reply:
    """`understood` is the whole question, where the message was not that; `choices` are products asked back for.

    `offers_human` says that an apology and a human come before the answer.
    """

    answer: Answer
    memory: Memory
    understood: str | None = None
    choices: tuple[str, ...] = ()
    offers_human: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What else is known of a message.

    `least` is the confidence below which an answer to a message that stands on its own counts as unknown, `follows`
    says that its intent is surely a follow-up, `only_sure` that it may be small talk, `product` is the one whose
    button was pressed, `last` the answer given last, `was_answered` says that the turn before answered surely, and
    `was_unknown` that it knew nothing.
    """

    least: float = 0.0
    follows: bool = False
    only_sure: bool = False
    product: str | None = None
    last: Answer | None = None
    was_answered: bool = False
    was_unknown: bool = False


def ask(cascade: Cascade, text: str, memory: Memory, about: Circumstances = Circumstances()) -> Reply | None:
    """The reply to a message, None where it may be small talk and nothing sure is known; nothing is written down."""
    products = products_of(cascade.index)
    memory = memory.replace(disappointments=went_on(memory.disappointments, was_answered=about.was_answered))
    if memory.pending and not memory.pending.products and says_no_code(text):
        return _without_code(cascade, memory)
    product = about.product or _chosen_product(text, memory.pending, products)
    if product and (waiting := memory.pending.question if memory.pending else memory.question):
        return _reply(cascade, _about(cascade, waiting, product, memory.pending, products), memory, products, understood=True)
    lean = leaning(text, follows=about.follows)
    if lean and lean.kind in ABOUT_ANSWER and about.last is not None and not about.only_sure:
        return Reply(about_answer(cascade, lean.kind, about.last), memory)
    if lean and lean.kind is Lean.OTHER and not about.only_sure:
        return refused(cascade, text, memory, about)
    questions = rewritten(lean, memory, products, cascade.index.vectors) if lean else ()
    questions = tuple(question for question in questions if _bare(question) != _bare(text))
    if lean and not questions and _is_only_product(lean, products):
        return _what_about(cascade, products.named(lean.focus)[0], memory)
    if about.only_sure and not (questions and lean.kind in SURE_LEANS):
        answer = cascade.sure_answer(text)
        if answer is None or answer.confidence < about.least:
            return None
        return _reply(cascade, answer, memory, products)
    if not questions:
        answer = cascade.look_up(text, least=about.least)
        if answer.kind is Kind.NONE and says_nothing(text, lean, memory):
            return Reply(Answer(text, Kind.CLARIFY, messages.NOTHING_BEFORE, 0.0), memory)
        return _reply(cascade, answer, memory, products, is_foreign=about.least > 0)
    both_ways = lean.stands and not _is_product(lean, products)
    last = memory.shown[0] if memory.topic and memory.shown else None
    adds, added = lean.kind is Lean.FRAGMENT, lean.focus if lean.kind is not Lean.POINTING else ""
    answer = surest(cascade, (text, *questions) if both_ways else questions, about=added, last=last, adds=adds)
    if _is_product(lean, products) and not (about.was_answered or answer.evidence) and RANKS[answer.kind] < RANKS[Kind.FAQ]:
        return _what_about(cascade, products.named(lean.focus)[0], memory, answer)
    if answer.question in questions and lean.kind is Lean.FRAGMENT and not speaks_of(cascade, answer, lean.focus):
        answer = Answer(answer.question, Kind.NONE, messages.UNKNOWN, answer.confidence, candidates=answer.candidates)
    if answer.question == text and lean.kind is Lean.FRAGMENT and answer.kind is Kind.FAQ:
        answer = replace(answer, question=answer.evidence or text)  # 부산은요? is no question that the next can lean on
    return _reply(cascade, answer, memory, products, understood=answer.question in questions, is_foreign=about.least > 0)


def others(cascade: Cascade, memory: Memory) -> tuple[Candidate, ...]:
    """The next nearest FAQ entries to the last question that were not shown yet; none where there is no such question."""
    if memory.question is None:
        return ()
    wanted = cascade.settings.max_candidates
    near = cascade.nearest(memory.question, k=len(memory.shown) + 2 * wanted, least_share=OTHER_SHARE)
    return tuple(candidate for candidate in near if candidate.id not in memory.shown)[:wanted]


def another(cascade: Cascade, memory: Memory, *, is_refusal: bool = True, was_unknown: bool = False) -> Reply:
    """What else there is for the last question; a refusal of what was shown is a disappointment.

    Of a question that nobody knew there is nothing else, however near the nearest entry is.
    """
    mood = disappointed(memory.disappointments) if is_refusal else None
    if mood:
        memory = memory.replace(disappointments=mood.disappointments)
    offers_human = bool(mood and mood.offers_human)
    found = () if was_unknown else others(cascade, memory)
    if not found:
        text = messages.NO_OTHERS if memory.question or was_unknown else messages.NOTHING_BEFORE
        return Reply(Answer(memory.question or "", Kind.CLARIFY, text, 0.0), memory, offers_human=offers_human)
    answer = Answer(memory.question, Kind.CLARIFY, messages.OTHERS, found[0].score, candidates=found)
    shown = (*memory.shown, *(candidate.id for candidate in found))
    return Reply(answer, memory.replace(shown=shown, pending=None), offers_human=offers_human)


def chosen(cascade: Cascade, entry_id: str, memory: Memory) -> Reply:
    """The answer of an FAQ entry that the customer chose."""
    memory = memory.replace(disappointments=0)
    return _reply(cascade, cascade.answer_entry(entry_id), memory, products_of(cascade.index), may_narrow=False)


def refused(cascade: Cascade, text: str, memory: Memory, about: Circumstances = Circumstances()) -> Reply:
    """The reply to "그거 말고", "다른 거", and to what is wanted instead: another product, or another question.

    To be corrected in the product is no disappointment, and neither is it to be asked for more.
    """
    if memory.pending and not memory.pending.products and says_no_code(text):
        return _without_code(cascade, memory)
    lean = leaning(text)
    wanted = lean.focus if lean and lean.kind is Lean.OTHER else ""
    fragment = leaning(wanted) if wanted else None
    if fragment and _is_product(fragment, products_of(cascade.index)):
        return ask(cascade, wanted, memory)
    if changed := other_mind(text):  # 아니다, 교환이요
        return ask(cascade, changed, memory, replace(about, only_sure=False))
    is_refusal = lean is None or lean.kind is not Lean.OTHER or bool(REFUSES.search(text))
    if not wanted:
        return another(cascade, memory, is_refusal=is_refusal, was_unknown=about.was_unknown)
    mood = disappointed(memory.disappointments)
    reply = ask(cascade, wanted, memory.replace(disappointments=mood.disappointments), replace(about, only_sure=False))
    return replace(reply, offers_human=reply.offers_human or mood.offers_human)


def says_nothing(text: str, lean: Leaning | None, memory: Memory) -> bool:
    """Whether a message asks nothing that could be looked up or written down: a number or an address, 거기요 out of nowhere."""
    address = find_address(text)
    spans = [(one.start, one.end) for one in (*find_phones(text), *([address] if address else []))]
    rest = blanked(text, spans)
    if spans and "?" not in rest and sum(character.isalpha() for character in rest) <= MAX_LETTERS_BESIDE:
        return True
    points = lean is not None and (lean.kind is Lean.POINTING or lean.kind in ABOUT_ANSWER)
    return not any(character.isalpha() for character in text) or (points and memory.question is None)


def _chosen_product(text: str, pending: Pending | None, products: Products) -> str | None:
    """The product that a message names and nothing else, where one was asked for."""
    if pending is None or not pending.products:
        return None
    lean = leaning(text)
    if lean is None or lean.kind is not Lean.FRAGMENT:
        return None
    named = products.named(lean.focus)
    return named[0] if len(named) == 1 else products.one_of(lean.focus, pending.products)


def _without_code(cascade: Cascade, memory: Memory) -> Reply:
    """The reply to a trouble that shows no code: what else the FAQ has near to it."""
    question = memory.pending.question
    candidates = without_code(cascade, question, memory.pending.entries)
    text = messages.NO_CODE if candidates else messages.NO_OTHERS
    shown = (*memory.shown, *(candidate.id for candidate in candidates))
    answer = Answer(question, Kind.CLARIFY, text, 0.0, candidates=candidates)
    return Reply(answer, memory.replace(question=question, shown=shown, pending=None))


def _bare(text: str) -> str:
    """A text without what is no word of it: spaces, signs, a 요 at the end."""
    return "".join(character for character in text if character.isalnum()).rstrip("요")


def _is_only_product(lean: Leaning, products: Products) -> bool:
    """Whether a product is named and nothing else."""
    return lean.kind is Lean.FRAGMENT and any(squeezed(lean.focus) == squeezed(name) for name in products.names)


def _what_about(cascade: Cascade, product: str, memory: Memory, found: Answer | None = None) -> Reply:
    """A product was named out of the blue, or after a question that nobody could answer: what of it is wanted.

    `found` is what the question is answered with for this product; what it offers of the product comes first.
    """
    text = messages.WHAT_ABOUT.format(product=product)
    offers = [one for one in (found.offers if found else ()) if product_of(cascade, one.id) == product]
    known = {one.id for one in offers}
    near = [one for one in cascade.nearest(product, k=cascade.settings.max_candidates) if one.id not in known]
    candidates = tuple([*offers, *near][: cascade.settings.max_candidates])
    answer = Answer(product, Kind.CLARIFY, text, 0.0, candidates=candidates)
    question = found.question if found else memory.question
    return Reply(
        answer,
        memory.replace(product=product, question=question, topic=None, pending=None, shown=tuple(one.id for one in candidates)),
    )


def _is_product(lean: Leaning, products: Products) -> bool:
    return lean.kind is Lean.FRAGMENT and len(products.named(lean.focus)) == 1


def _about(cascade: Cascade, question: str, product: str, pending: Pending | None, products: Products) -> Answer:
    """The answer to `question` about `product`; the entry that narrowing found, where the cascade is not sure."""
    whole = about_product(question, product, products)
    answer = cascade.look_up(whole)
    if RANKS[answer.kind] < RANKS[Kind.FAQ] and pending and product in pending.products:
        entry = cascade.answer_entry(pending.entries[pending.products.index(product)])
        return Answer(whole, entry.kind, entry.answer, answer.confidence, entry.evidence, entry.source, entry.candidates)
    return answer


def _reply(
    cascade: Cascade,
    answer: Answer,
    memory: Memory,
    products: Products,
    *,
    understood: bool = False,
    is_foreign: bool = False,
    may_narrow: bool = True,
) -> Reply:
    pending = None
    if may_narrow and not is_foreign and not understood:
        pending = ambiguous(cascade, answer.question, answer, products)
    if pending and memory.product in pending.products:
        answer, pending, understood = _about(cascade, pending.question, memory.product, pending, products), None, True
    if pending:
        memory = memory.replace(question=answer.question, topic=None, shown=(), pending=pending)
        back = Answer(answer.question, Kind.CLARIFY, messages.WHICH_PRODUCT, answer.confidence)
        return Reply(back, memory, choices=pending.products)
    asked_back = code_in_question(cascade, answer, products) if may_narrow else ()
    if asked_back:
        answer = Answer(answer.question, Kind.CLARIFY, messages.WHICH_CODE, answer.confidence, candidates=asked_back)
    mood = disappointed(memory.disappointments) if answer.kind is Kind.NONE else None
    if mood and mood.offers_human:
        answer = replace(answer, answer=messages.UNKNOWN_AGAIN)
    memory = memory.replace(disappointments=mood.disappointments if mood else memory.disappointments, pending=None)
    if not (is_foreign and answer.kind is Kind.NONE):
        memory = _remembering(cascade, answer, memory, products)
    if asked_back:
        memory = memory.replace(pending=Pending(answer.question, (), tuple(one.id for one in asked_back)))
    return Reply(answer, memory, answer.question if understood else None, offers_human=bool(mood and mood.offers_human))


def _remembering(cascade: Cascade, answer: Answer, memory: Memory, products: Products) -> Memory:
    named = products.named(answer.question)
    is_faq = answer.kind is Kind.FAQ and answer.source is not None
    own = product_of(cascade, answer.source.document) if is_faq else None
    product = named[0] if len(named) == 1 else own or memory.product
    shown = (answer.source.document,) if is_faq else tuple(candidate.id for candidate in answer.offers)
    return memory.replace(product=product, question=answer.question, topic=answer.evidence if is_faq else None, shown=shown)
