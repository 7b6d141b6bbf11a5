"""The answer cascade: FAQ, else the manuals by reading, else what is near, else an honest "I don't know".

1. A question that stands in the FAQ is answered from it, and so is a sure match, unless a passage
   of the manuals lies as near to the question or the question names a document to look into.
2. Else the reader looks into the best passages, of the document named or of all; where it is sure,
   and surer than a fair FAQ match, its span is the answer, shown inside its sentence with the source.
3. Else, what is related is shown as related, never as the answer, beside the nearest FAQ questions.
4. Else the bot says that it does not know, and the question is written down.

What is sure and what is near is said by the thresholds of `Settings`.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import messages
from bot.answer import Answer, Candidate, Kind, Source
from bot.customer_message import clean
from bot.quantity import expected_quantity, whole_quantity
from bot.settings import Settings
from nlu.morphemes import analyze, sentence_spans
from nlu.normalize import normalize

if TYPE_CHECKING:
    from bot.journal import Journal
    from mrc.reader import Reader
    from retrieval.documents import FaqEntry
    from retrieval.index import Index, PassageHit

logger = logging.getLogger(__name__)

MAX_EVIDENCE_CHARACTERS = 300
SPANS_READ = 8
WORD_WEIGHT, READER_WEIGHT, QUANTITY_WEIGHT = 20.0, 16.0, 6.0
"""What counts for a sentence beside its passage's search score, see `nearest_sentence`.

Of the 90 questions of `benchmarks/cascade` the sentence so found holds the answer for 32, by search and
words alone for 21, by the reader alone for 16 (the first reader that shipped); 45 hold it in any sentence.
"""
UNEXPECTED_FACTOR = 0.5
"""Takes confidence from a span without the quantity that was asked for."""
NAMED_DEPTH = 60
"""How many passages are looked through for those of the document that a question names."""
MIN_NAME_CHARACTERS = 4
OFFER_SHARE = 0.05
"""Questions less likely than this share of the likeliest are not offered beside it."""


@dataclass(frozen=True)
class Finding:
    """`[start, end)` of a passage's text, with how sure the reader is that it answers the question."""

    hit: PassageHit
    start: int
    end: int
    confidence: float


class Cascade:
    """Answers questions from one index with one reader; safe to call from several threads."""

    def __init__(self, index: Index, reader: Reader, settings: Settings, journal: Journal | None = None) -> None:
        self.index = index
        self.reader = reader
        self.settings = settings
        self.journal = journal
        self._entries = {entry.id: entry for entry in index.entries}
        self._known_questions = _known_questions(index.entries)
        self._document_names = _document_names(index)

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
        known = self._known_questions.get(_squeeze(message.text))
        if known is not None:
            return _faq_answer(question, known, 1.0, (Candidate(known.id, known.question, 1.0),))
        hits = self.index.search_faq(message.text, k=5)
        candidates = tuple(Candidate(hit.entry.id, hit.entry.question, float(hit.confidence)) for hit in hits)
        best_faq = candidates[0].score if candidates else 0.0
        named, about = self._named_document(message.text)
        passages = self._near_passages(about, named)
        leads = not passages or (not named and bool(hits) and hits[0].score >= passages[0].score + self.settings.faq_lead)
        if leads and best_faq >= self.settings.faq_sure:
            return _faq_answer(question, hits[0].entry, best_faq, candidates)
        findings = self._read(about, passages)
        finding = findings[0] if findings else None
        if finding and finding.confidence >= self.settings.reader_answer and (not leads or finding.confidence > best_faq):
            return self._manual_answer(question, finding, candidates)
        if leads and best_faq >= self.settings.faq_answer:
            return _faq_answer(question, hits[0].entry, best_faq, candidates)
        return self._uncertain_answer(question, self._related(about, passages, findings, named), candidates)

    def _named_document(self, text: str) -> tuple[str | None, str]:
        """The id of the document whose title or file name stands in `text`, the longest one, and what else stands there.

        None and `text` itself where no document is named, or nothing else is said.
        """
        for name, id in self._document_names:
            found = re.search(r"\W*".join(map(re.escape, name)), text, re.IGNORECASE)
            rest = f"{text[: found.start()]} {text[found.end() :]}".strip() if found else ""
            if _content_words(rest):
                return id, rest
        return None, text

    def _near_passages(self, text: str, named: str | None) -> list[PassageHit]:
        """The best passages, of the document `named` or of all, that are near enough to be read."""
        k = self.settings.reader_passages
        hits = self.index.search_passages(text, k=NAMED_DEPTH if named else k)
        near = [hit for hit in hits if hit.score >= self.settings.passage_near]
        return [hit for hit in near if named in (None, hit.passage.document_id)][:k]

    def _read(self, text: str, hits: list[PassageHit]) -> list[Finding]:
        """The reader's best spans over `hits`, the surest first."""
        spans = self.reader.read(text, [hit.text for hit in hits], n_best=SPANS_READ) if hits else []
        expected = expected_quantity(text)
        findings = []
        for span in spans:
            confidence = float(span.confidence)
            if expected and not expected.search(span.text):
                confidence *= UNEXPECTED_FACTOR
            hit = hits[span.context_index]
            findings.append(Finding(hit, *whole_quantity(hit.text, span.start, span.end), confidence))
        return sorted(findings, key=lambda finding: -finding.confidence)

    def _related(self, text: str, hits: list[PassageHit], findings: list[Finding], named: str | None) -> Finding | None:
        """The sentence nearest to the question, where the customer named the document, the reader is not
        quite unsure, or a passage is very near."""
        if not hits:
            return None
        confidence = findings[0].confidence if findings else 0.0
        is_near = confidence >= self.settings.reader_related or hits[0].score >= self.settings.passage_related
        if not is_near and named is None:
            return None
        return replace(nearest_sentence(text, hits, findings), confidence=confidence)

    def _manual_answer(self, question: str, finding: Finding, candidates: tuple[Candidate, ...]) -> Answer:
        return Answer(
            question,
            Kind.MANUAL,
            finding.hit.text[finding.start : finding.end],
            finding.confidence,
            evidence=_evidence(finding),
            source=self._source(finding.hit, finding.start, finding.end),
            candidates=candidates,
        )

    def _uncertain_answer(self, question: str, related: Finding | None, candidates: tuple[Candidate, ...]) -> Answer:
        in_scope = sum(candidate.score for candidate in candidates)
        offered = _worth_offering(candidates, self.settings.max_candidates) if in_scope >= self.settings.faq_offer else ()
        confidence = max(
            [candidate.score for candidate in candidates[:1]] + ([related.confidence] if related else []), default=0.0
        )
        if related:
            source = self._source(related.hit, *_sentence_span(related))
            return Answer(question, Kind.CLARIFY, messages.RELATED, confidence, _evidence(related), source, offered)
        if offered:
            return Answer(question, Kind.CLARIFY, messages.OFFER, confidence, candidates=offered)
        return Answer(question, Kind.NONE, messages.UNKNOWN, confidence, candidates=candidates)

    def _source(self, hit: PassageHit, start: int, end: int) -> Source:
        """The source of `[start, end)` of the passage's text."""
        passage = hit.passage
        start, end = passage.start + start, passage.start + end
        page = self.index.document(passage.document_id).page_at(start)
        return Source(passage.document_id, passage.title, passage.section or None, page, start, end)

    def _write_down(self, answer: Answer, channel: str) -> None:
        if self.journal is None:
            return
        try:
            self.journal.write_unanswered(answer.question, channel, answer.candidates)
        except Exception:  # the customer gets the answer, whatever the database does
            logger.exception("an unanswered question could not be written down")


def _worth_offering(candidates: Sequence[Candidate], n: int) -> tuple[Candidate, ...]:
    """The first `n` candidates without those far less likely than the first."""
    return tuple(one for one in candidates[:n] if one.score >= OFFER_SHARE * candidates[0].score)


def _known_questions(entries: Iterable[FaqEntry]) -> dict[str, FaqEntry]:
    """Each question and phrasing, white space and punctuation dropped, with the one entry that has it."""
    owners: dict[str, set[str]] = {}
    known: dict[str, FaqEntry] = {}
    for entry in entries:
        for text in (entry.question, *entry.phrasings):
            owners.setdefault(_squeeze(text), set()).add(entry.id)
            known[_squeeze(text)] = entry
    return {text: entry for text, entry in known.items() if text and len(owners[text]) == 1}


def _document_names(index: Index) -> list[tuple[str, str]]:
    """`(name, id)` of each document's title and file name, white space and punctuation dropped, the longest first."""
    titles = {(passage.document_id, name) for passage in index.passages for name in (passage.document_id, passage.title)}
    named = {(_squeeze(name), id) for id, name in titles}
    return sorted((one for one in named if len(one[0]) >= MIN_NAME_CHARACTERS), key=lambda one: (-len(one[0]), one))


def _squeeze(text: str) -> str:
    return "".join(character for character in normalize(text).text.lower() if character.isalnum())


def _faq_answer(question: str, entry: FaqEntry, confidence: float, candidates: tuple[Candidate, ...]) -> Answer:
    text = entry.answer if not entry.link else f"{entry.answer}\n{messages.LINK.format(link=entry.link)}"
    source = Source(entry.id, messages.FAQ_TITLE, entry.category or None)
    return Answer(question, Kind.FAQ, text, confidence, evidence=entry.question, source=source, candidates=candidates)


def nearest_sentence(question: str, hits: Sequence[PassageHit], findings: Sequence[Finding]) -> Finding:
    """The sentence of `hits` that seems nearest to `question`.

    Told by its passage's search score, the share of the question's words in it and its section's
    title, the reader's spans in it, and whether it holds a quantity of the kind that is asked for.
    """
    words, expected = _content_words(question), expected_quantity(question)
    best, most = Finding(hits[0], 0, len(hits[0].text), 0.0), float("-inf")
    for hit in hits:
        section = _content_words(f"{hit.passage.title} {hit.passage.section}")
        for start, end in _sentences(hit.text):
            sentence = hit.text[start:end]
            inside = [one.confidence for one in findings if one.hit is hit and one.start < end and start < one.end]
            confidence = max(inside, default=0.0)
            share = len(words & (_content_words(sentence) | section)) / max(1, len(words))
            score = hit.score + WORD_WEIGHT * share + READER_WEIGHT * confidence
            score += QUANTITY_WEIGHT * bool(expected and expected.search(sentence))
            if score > most:
                best, most = Finding(hit, start, end, confidence), score
    return best


def _content_words(text: str) -> set[str]:
    return {morpheme.form for morpheme in analyze(text) if morpheme.is_content}


def _sentences(text: str) -> list[tuple[int, int]]:
    """`[start, end)` of the sentences of `text`; a line end also ends one, as in tables and lists."""
    spans, at = [], 0
    for line in text.splitlines(keepends=True):
        spans += [(at + start, at + end) for start, end in sentence_spans(line)]
        at += len(line)
    return spans


def _sentence_span(finding: Finding) -> tuple[int, int]:
    """`[start, end)` in the passage of the sentence that holds the span, at most MAX_EVIDENCE_CHARACTERS long."""
    start, end = finding.start, finding.end
    for sentence_start, sentence_end in _sentences(finding.hit.text):
        if sentence_start < finding.end and finding.start < sentence_end:
            start, end = min(start, sentence_start), max(end, sentence_end)
    if end - start <= MAX_EVIDENCE_CHARACTERS:
        return start, end
    margin = max(0, (MAX_EVIDENCE_CHARACTERS - (finding.end - finding.start)) // 2)
    start, end = max(start, finding.start - margin), min(end, finding.end + margin)
    return start, min(end, start + MAX_EVIDENCE_CHARACTERS)


def _evidence(finding: Finding) -> str:
    """The sentence that holds the span, its white space folded."""
    start, end = _sentence_span(finding)
    return " ".join(finding.hit.text[start:end].split())
