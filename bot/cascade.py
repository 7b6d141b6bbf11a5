"""The answer cascade: FAQ, else the manuals by reading, else what is near, else an honest "I don't know".

1. A question that stands in the FAQ is answered from it, and so is a sure match, unless the question
   names a document to look into; how sure a match is says `bot.faq_judge`.
2. Else the manuals are read, of the document named or of all, and FAQ entries and sentences, list items and rows
   are weighed against each other (`bot.choice`): the likeliest answers where it is likely enough.
3. Else, what is related is shown as related, never as the answer, beside the nearest FAQ questions.
4. Else the bot says that it does not know, and the question is written down.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import messages
from bot.answer import Answer, Candidate, Kind, Source
from bot.choice import Choice, default_choice
from bot.customer_message import clean
from bot.decision import Decision, default_decision
from bot.document_names import DocumentNames, Named, squeeze
from bot.evidence import Candidate as Passing
from bot.faq_judge import FaqJudge, Judged
from bot.manual_reading import Gathered, ManualReading
from bot.question import Question
from bot.scope import Scope
from bot.settings import Settings
from bot.showing import evidence, show
from nlu.morphemes import analyze

if TYPE_CHECKING:
    import numpy as np

    from bot.journal import Journal
    from mrc.reader import Reader
    from retrieval.documents import FaqEntry
    from retrieval.index import FaqHit, Index
    from retrieval.readings import Reading

logger = logging.getLogger(__name__)

OFFER_SHARE = 0.05
"""Questions less likely than this share of the likeliest are not offered beside it."""
RELATED_COVERAGE, OWN_COVERAGE = 0.45, 0.2
"""What is shown as related has, with its headings, at least this share of the question's words, and by itself that."""
NAMED_FACTOR = 0.6
"""Where the customer names the document, so much of the usual confidence is enough."""


@dataclass(frozen=True)
class Finding:
    """The likeliest candidate of the manuals, and how likely it holds the answer."""

    gathered: Gathered
    candidate: Passing
    confidence: float

    @property
    def is_about_it(self) -> bool:
        """Whether enough of the question's words stand in the sentence and its headings."""
        listed = self.candidate.unit.leads or self.candidate.feature("row")
        own = self.candidate.feature("soft_unit") >= OWN_COVERAGE or bool(listed)
        return own and self.candidate.feature("soft_context") >= RELATED_COVERAGE

    def confirms(self, entry: FaqEntry) -> bool:
        """Whether a quantity is asked for, and the entry's answer holds those that the sentence gives."""
        quantity, reading, span = self.gathered.question.quantity, self.candidate.reading, self.candidate.span
        if quantity is None:
            return False
        given, known = (
            {squeeze(one) for one in quantity.findall(text)} for text in (reading.text[span.start : span.end], entry.answer)
        )
        return bool(given) and given <= known


class Cascade:
    """Answers questions from one index with one reader; safe to call from several threads."""

    def __init__(
        self,
        index: Index,
        reader: Reader,
        settings: Settings,
        journal: Journal | None = None,
        decision: Decision | None = None,
        judge_of: Callable[[Index, Collection[str]], FaqJudge] = FaqJudge,
        choice: Choice | None = None,
        scope_of: Callable[[Index, Collection[str]], Scope] = Scope,
    ) -> None:
        """`judge_of` and `scope_of` make what judges FAQ hits, from an index and the words of its products."""
        self.index = index
        self.reader = reader
        self.settings = settings
        self.journal = journal
        self.decision = decision or default_decision()
        self.choice = choice or default_choice()
        self.reading = ManualReading(index, reader, settings.reader_passages)
        self._names = DocumentNames(index)
        self._judge_of = judge_of
        self._scope_of = scope_of
        self._judge = judge_of(index, self.reading.space.products)
        self._scope = scope_of(index, self.reading.space.products)

    @classmethod
    def load(cls, settings: Settings, *, journal: bool = True) -> Cascade:
        """The cascade over the index and reader that `settings` name; the parts load side by side.

        FileNotFoundError and IndexDamagedError name the command that makes what is missing.
        """
        from mrc.reader import Reader
        from retrieval.index import Index

        with ThreadPoolExecutor(max_workers=3) as pool:
            pool.submit(analyze, "준비")  # Kiwi prepares much at its first text
            reader = pool.submit(Reader.load, settings.reader, threads=settings.reader_threads)
            index = Index.load(settings.index, settings.vectors, device=settings.show_device())
            if journal:
                from bot.journal import Journal

                return cls(index, reader.result(), settings, Journal(settings.database_url))
            return cls(index, reader.result(), settings)

    def over(self, index: Index) -> Cascade:
        """This cascade over a new version of its index; what depends on unchanged documents is taken along."""
        if index.documents is not self.index.documents or index.products != self.index.products:
            models = self.decision, self._judge_of, self.choice, self._scope_of
            return Cascade(index, self.reader, self.settings, self.journal, *models)
        renewed = copy(self)
        renewed.index = index
        renewed._judge = self._judge_of(index, self.reading.space.products)
        renewed._scope = self._scope_of(index, self.reading.space.products)
        renewed.reading = self.reading.over(index)
        return renewed

    def answer(self, question: str, *, channel: str = "cli", least: float = 0.0) -> Answer:
        """The answer to `question`; a question that stays unanswered is written to the journal.

        What is less likely than `least` counts as unknown, for messages that seem to be about something else.
        """
        answer = self.look_up(question, least=least)
        if answer.kind is Kind.NONE:
            self.write_down(answer, channel)
        return answer

    def look_up(self, question: str, *, least: float = 0.0) -> Answer:
        """The answer to `question`, with nothing written down."""
        started = time.perf_counter()
        answer = self._answer(question)
        if answer.confidence < least and answer.candidates:
            answer = Answer(question, Kind.NONE, messages.UNKNOWN, answer.confidence, candidates=answer.candidates)
        return replace(answer, latency_ms=(time.perf_counter() - started) * 1000)

    def sure_answer(self, question: str) -> Answer | None:
        """The answer where the FAQ alone is sure of it, else None; nothing is read and nothing written down."""
        started = time.perf_counter()
        answer = self._answer(question, only_sure=True)
        return answer and replace(answer, latency_ms=(time.perf_counter() - started) * 1000)

    def nearest(self, question: str, k: int = 5, *, least_share: float = 0.0) -> tuple[Candidate, ...]:
        """FAQ entries near to `question`, at most `k`, the surest first; those with less than `least_share` of the
        best one's search score are left out."""
        hits = self.index.search_faq(question, k=k)
        asked = Question.of(self.index.mended(question), self.index.vectors)
        near = [hit for hit in hits if hit.score >= least_share * hits[0].score]
        return _candidates(_likeliest_first(near, self._judge.look(asked, near).probabilities))

    def from_manuals(self, question: str) -> Answer | None:
        """What the manuals have on `question`, None where they have nothing that is about it."""
        named = self._names.find(question)
        asked = Question.of(self.index.mended(question), self.index.vectors)
        finding = self._related(self._weigh(named, self._judge.look(asked, []), asked)[1], named)
        return None if finding is None else self._manual_answer(question, finding, ())

    def answer_entry(self, entry_id: str) -> Answer:
        """The answer of the FAQ entry with `entry_id`, as chosen from the candidates offered."""
        started = time.perf_counter()
        entry = self.index.entry(entry_id)
        if entry is None:
            return Answer(entry_id, Kind.CLARIFY, messages.UNKNOWN_ENTRY, 0.0)
        answer = _faq_answer(entry.question, entry, 1.0, (Candidate(entry.id, entry.question, 1.0),))
        return replace(answer, latency_ms=(time.perf_counter() - started) * 1000)

    def _answer(self, question: str, *, only_sure: bool = False) -> Answer | None:
        message = clean(question, self.settings.max_message_characters)
        if message.unusable and only_sure:
            return None
        if message.unusable:
            text = messages.UNUSABLE[message.unusable].format(limit=self.settings.max_message_characters)
            return Answer(question, Kind.CLARIFY, text, 0.0)
        known = self.index.known_entry(message.text)
        if known is not None:
            return _faq_answer(question, known, 1.0, (Candidate(known.id, known.question, 1.0),))
        named = self._names.find(message.text)
        hits = self.index.search_faq(message.text, k=5)
        asked = Question.of(self.index.mended(message.text), self.index.vectors)
        judged = self._judge.look(asked, hits)
        alone = [] if named.document_id is not None else _likeliest_first(hits, judged.probabilities)
        if alone and alone[0][1] >= self.settings.faq_sure:
            return _faq_answer(question, alone[0][0].entry, alone[0][1], _candidates(alone))
        if only_sure:
            return None
        chances, finding = self._weigh(named, judged, asked)
        fitting = _likeliest_first(hits, chances)
        candidates = _candidates(fitting)
        best_faq = candidates[0].score if candidates and named.document_id is None else 0.0
        is_sure = finding is not None and finding.confidence >= self._needed(self.choice.answer_at, named)
        is_likely = bool(alone) and alone[0][1] >= self.settings.faq_answer
        if is_likely and finding is not None and finding.confirms(alone[0][0].entry):
            return _faq_answer(question, alone[0][0].entry, alone[0][1], candidates)
        if is_sure and finding.confidence > best_faq:
            return self._manual_answer(question, finding, candidates)
        if best_faq >= self.settings.faq_answer:
            return _faq_answer(question, fitting[0][0].entry, best_faq, candidates)
        in_scope = self._scope.probability(asked, hits, judged)
        return self._uncertain_answer(question, self._related(finding, named), candidates, in_scope)

    def _weigh(self, named: Named, judged: Judged, asked: Question) -> tuple[np.ndarray, Finding | None]:
        """How likely each FAQ hit answers, and the likeliest candidate in the document named, or in all; None where the
        manuals have nothing near.

        `asked` is the whole message; it is taken where nothing of it is left out.
        """
        question, rest = (self.index.mended(text) for text in (named.question, named.rest))
        gathered = self.reading.gather(asked if asked.text == question else question, named.document_id, rest)
        is_named = named.document_id is not None  # the customer has said who answers
        weighed = self.choice.weigh(judged.none() if is_named else judged, gathered, self.decision)
        return judged.probabilities if is_named else weighed.faq, weighed.best and Finding(gathered, *weighed.best)

    @staticmethod
    def _needed(threshold: float, named: Named) -> float:
        return threshold * (NAMED_FACTOR if named.document_id is not None else 1.0)

    def _related(self, finding: Finding | None, named: Named) -> Finding | None:
        """The finding, where it is likely enough to be shown and is about what was asked."""
        if finding is None or not finding.is_about_it:
            return None
        return finding if finding.confidence >= self._needed(self.choice.related_at, named) else None

    def _manual_answer(self, question: str, finding: Finding, candidates: tuple[Candidate, ...]) -> Answer:
        reading = finding.candidate.reading
        shown = show(finding.gathered.question, finding.candidate)
        return Answer(
            question,
            Kind.MANUAL,
            reading.text[shown.start : shown.end],
            finding.confidence,
            evidence=shown.evidence,
            source=self._source(reading, shown.start, shown.end),
            candidates=candidates,
        )

    def _uncertain_answer(
        self, question: str, related: Finding | None, candidates: tuple[Candidate, ...], in_scope: float
    ) -> Answer:
        """What is near; `in_scope` is how likely the FAQ speaks of it at all."""
        offered = _worth_offering(candidates, self.settings.max_candidates) if in_scope >= self.settings.faq_offer else ()
        confidence = max(
            [candidate.score for candidate in candidates[:1]] + ([related.confidence] if related else []), default=0.0
        )
        if related:
            unit = related.candidate.unit
            source = self._source(related.candidate.reading, unit.start, unit.end)
            return Answer(question, Kind.CLARIFY, messages.RELATED, confidence, evidence(related.candidate), source, offered)
        if offered:
            return Answer(question, Kind.CLARIFY, messages.OFFER, confidence, candidates=offered)
        return Answer(question, Kind.NONE, messages.UNKNOWN, confidence, candidates=candidates)

    def _source(self, reading: Reading, start: int, end: int) -> Source:
        """The source of `[start, end)` of a passage's reading text."""
        passage = reading.passage
        start, end = reading.place(start, end)
        page = self.index.document(passage.document_id).page_at(start)
        return Source(passage.document_id, passage.title, passage.section or None, page, start, end)

    def write_down(self, answer: Answer, channel: str, sender: str | None = None) -> None:
        """Write an unanswered question of `sender` into the journal, where there is one."""
        if self.journal is None:
            return
        try:
            self.journal.write_unanswered(answer.question, channel, answer.candidates, sender)
        except Exception:  # the customer gets the answer, whatever the database does
            logger.exception("an unanswered question could not be written down")


def _likeliest_first(hits: Sequence[FaqHit], chances: Sequence[float]) -> list[tuple[FaqHit, float]]:
    return sorted(zip(hits, map(float, chances)), key=lambda one: -one[1])


def _candidates(fitting: Sequence[tuple[FaqHit, float]]) -> tuple[Candidate, ...]:
    return tuple(Candidate(hit.entry.id, hit.entry.question, confidence) for hit, confidence in fitting)


def _worth_offering(candidates: Sequence[Candidate], n: int) -> tuple[Candidate, ...]:
    """The first `n` candidates without those far less likely than the first."""
    return tuple(one for one in candidates[:n] if one.score >= OFFER_SHARE * candidates[0].score)


def _faq_answer(question: str, entry: FaqEntry, confidence: float, candidates: tuple[Candidate, ...]) -> Answer:
    text = entry.answer if not entry.link else f"{entry.answer}\n{messages.LINK.format(link=entry.link)}"
    source = Source(entry.id, messages.FAQ_TITLE, entry.category or None)
    return Answer(question, Kind.FAQ, text, confidence, evidence=entry.question, source=source, candidates=candidates)
