"""The answer cascade: FAQ, else the manuals by reading, else what is near, else an honest "I don't know".

1. A sure FAQ match is the answer.
2. Else the reader looks into the best passages; where it is sure, its span is the answer, shown
   inside its sentence with the source.
3. Else, what is related is shown as related, never as the answer, beside the nearest FAQ questions.
4. Else the bot says that it does not know, and the question is written down.

What is sure and what is near is said by the thresholds of `Settings`.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import messages
from bot.answer import Answer, Candidate, Kind, Source
from bot.customer_message import clean
from bot.settings import Settings
from nlu.morphemes import analyze, sentence_spans

if TYPE_CHECKING:
    from bot.journal import Journal
    from mrc.reader import Reader, ReaderAnswer
    from retrieval.documents import FaqEntry
    from retrieval.index import FaqHit, Index, PassageHit

logger = logging.getLogger(__name__)

MAX_EVIDENCE_CHARACTERS = 300


@dataclass(frozen=True)
class Finding:
    """A span the reader found, placed in its document."""

    hit: PassageHit
    span: ReaderAnswer
    confidence: float


class Cascade:
    """Answers questions from one index with one reader; safe to call from several threads."""

    def __init__(self, index: Index, reader: Reader, settings: Settings, journal: Journal | None = None) -> None:
        self.index = index
        self.reader = reader
        self.settings = settings
        self.journal = journal
        self._entries = {entry.id: entry for entry in index.entries}

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
            index = Index.load(settings.index)
            if journal:
                from bot.journal import Journal

                return cls(index, reader.result(), settings, Journal(settings.database_url))
            return cls(index, reader.result(), settings)

    def answer(self, question: str, *, channel: str = "cli") -> Answer:
        """The answer to `question`; a question that stays unanswered is written to the journal."""
        started = time.perf_counter()
        answer = self._answer(question)
        answer = replace(answer, latency_ms=(time.perf_counter() - started) * 1000)
        if answer.kind is Kind.NONE:
            self._write_down(answer, channel)
        return answer

    def answer_entry(self, entry_id: str) -> Answer:
        """The answer of the FAQ entry with `entry_id`, as chosen from the candidates offered."""
        started = time.perf_counter()
        entry = self._entries.get(entry_id)
        if entry is None:
            return Answer(entry_id, Kind.CLARIFY, messages.UNKNOWN_ENTRY, 0.0)
        answer = _faq_answer(entry.question, entry, 1.0, (Candidate(entry.id, entry.question, 1.0),))
        return replace(answer, latency_ms=(time.perf_counter() - started) * 1000)

    def _answer(self, question: str) -> Answer:
        message = clean(question, self.settings.max_message_characters)
        if message.unusable:
            text = messages.UNUSABLE[message.unusable].format(limit=self.settings.max_message_characters)
            return Answer(question, Kind.CLARIFY, text, 0.0)
        hits = self.index.search_faq(message.text, k=5)
        candidates = tuple(Candidate(hit.entry.id, hit.entry.question, float(hit.confidence)) for hit in hits)
        if hits and hits[0].confidence >= self.settings.faq_answer:
            return _faq_answer(question, hits[0].entry, float(hits[0].confidence), candidates)
        finding = self._read(message.text)
        if finding and finding.confidence >= self.settings.reader_answer:
            return self._manual_answer(question, finding, candidates)
        return self._uncertain_answer(question, finding, hits, candidates)

    def _read(self, text: str) -> Finding | None:
        """The best span over the best passages."""
        hits = self.index.search_passages(text, k=self.settings.reader_passages)
        hits = [hit for hit in hits if hit.score >= self.settings.passage_near]
        if not hits:
            return None
        spans = self.reader.read(text, [hit.text for hit in hits], n_best=3)
        if not spans:
            return None
        best = max(spans, key=lambda span: span.confidence)
        return Finding(hits[best.context_index], best, float(best.confidence))

    def _manual_answer(self, question: str, finding: Finding, candidates: tuple[Candidate, ...]) -> Answer:
        start = finding.hit.passage.start + finding.span.start
        end = finding.hit.passage.start + finding.span.end
        text = self.index.document(finding.hit.passage.document_id).text
        return Answer(
            question,
            Kind.MANUAL,
            text[start:end],
            finding.confidence,
            evidence=_sentence(finding),
            source=self._source(finding, start, end),
            candidates=candidates,
        )

    def _uncertain_answer(
        self, question: str, finding: Finding | None, hits: list[FaqHit], candidates: tuple[Candidate, ...]
    ) -> Answer:
        in_scope = sum(candidate.score for candidate in candidates)
        offered = candidates[: self.settings.max_candidates] if in_scope >= self.settings.faq_offer else ()
        confidence = max([float(hit.confidence) for hit in hits[:1]] + ([finding.confidence] if finding else []), default=0.0)
        if finding and finding.confidence >= self.settings.reader_related:
            start, end = _sentence_span(finding)
            at = finding.hit.passage.start
            return Answer(
                question,
                Kind.CLARIFY,
                messages.RELATED,
                confidence,
                evidence=_sentence(finding),
                source=self._source(finding, at + start, at + end),
                candidates=offered,
            )
        if offered:
            return Answer(question, Kind.CLARIFY, messages.OFFER, confidence, candidates=offered)
        return Answer(question, Kind.NONE, messages.UNKNOWN, confidence, candidates=candidates)

    def _source(self, finding: Finding, start: int, end: int) -> Source:
        passage = finding.hit.passage
        page_starts = self.index.document(passage.document_id).page_starts
        page = sum(at <= start for at in page_starts) if page_starts else passage.page
        return Source(passage.document_id, passage.title, passage.section or None, page, start, end)

    def _write_down(self, answer: Answer, channel: str) -> None:
        if self.journal is None:
            return
        try:
            self.journal.write_unanswered(answer.question, channel, answer.candidates)
        except Exception:  # the customer gets the answer, whatever the database does
            logger.exception("an unanswered question could not be written down")


def _faq_answer(question: str, entry: FaqEntry, confidence: float, candidates: tuple[Candidate, ...]) -> Answer:
    text = entry.answer if not entry.link else f"{entry.answer}\n{messages.LINK.format(link=entry.link)}"
    source = Source(entry.id, messages.FAQ_TITLE, entry.category or None)
    return Answer(question, Kind.FAQ, text, confidence, evidence=entry.question, source=source, candidates=candidates)


def _sentence_span(finding: Finding) -> tuple[int, int]:
    """`[start, end)` in the passage of the sentence that holds the span, at most MAX_EVIDENCE_CHARACTERS long."""
    text, span = finding.hit.text, finding.span
    start, end = span.start, span.end
    for sentence_start, sentence_end in sentence_spans(text):
        if sentence_start < span.end and span.start < sentence_end:
            start, end = min(start, sentence_start), max(end, sentence_end)
    if end - start <= MAX_EVIDENCE_CHARACTERS:
        return start, end
    line_start = max(start, text.rfind("\n", 0, span.start) + 1)
    line_end = text.find("\n", span.end)
    line_end = end if line_end < 0 else min(end, line_end)
    if line_end - line_start <= MAX_EVIDENCE_CHARACTERS:
        return line_start, line_end
    margin = max(0, (MAX_EVIDENCE_CHARACTERS - (span.end - span.start)) // 2)
    return max(line_start, span.start - margin), min(line_end, span.end + margin)


def _sentence(finding: Finding) -> str:
    """The sentence that holds the span, its white space folded."""
    start, end = _sentence_span(finding)
    return " ".join(finding.hit.text[start:end].split())
