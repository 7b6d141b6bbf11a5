"""What the front asks the action server, beside what Rasa does: answers, hits, documents, the index's version.

On loopback, as the whole action server is. Bodies and answers are JSON objects; 400 says what was wrong,
503 that the index is still being loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.actions.service import AnswerService, StillLoadingError
from bot.entry_doors import entry, save_entry
from bot.explanation import explain
from bot.hits import faq_hit, passage_hit
from bot.messages import render

if TYPE_CHECKING:
    from sanic import Sanic

    from bot.cascade import Cascade

logger = logging.getLogger(__name__)

MAX_HITS = 50


def add_answer_doors(app: Sanic, service: AnswerService) -> None:
    """Adds a POST route for each of `DOORS` to `app`."""
    for path, work in DOORS.items():
        app.add_route(_handler(service, work), path, methods=["POST"], name=path.strip("/"))


def ask(cascade: Cascade, asked: dict[str, Any]) -> dict[str, Any]:
    """The cascade's answer, and the text a customer reads."""
    answer = cascade.answer(_text(asked, "question"), channel=str(asked.get("channel") or "api"))
    return {"answer": answer.to_json(), "text": render(answer), "index": cascade.index.version}


def search(cascade: Cascade, asked: dict[str, Any]) -> dict[str, Any]:
    """The nearest FAQ entries or passages."""
    query, k, what = _text(asked, "query"), asked.get("k", 5), asked.get("what", "faq")
    if not isinstance(k, int) or not 1 <= k <= MAX_HITS:
        raise ValueError(f"k is {k!r}; it must lie between 1 and {MAX_HITS}")
    if what == "faq":
        return {"hits": [faq_hit(hit) for hit in cascade.index.search_faq(query, k)]}
    if what == "passages":
        return {"hits": [passage_hit(hit) for hit in cascade.index.search_passages(query, k)]}
    raise ValueError(f"what is {what!r}; it must be 'faq' or 'passages'")


def document(cascade: Cascade, asked: dict[str, Any]) -> dict[str, Any]:
    """The document with this id and where its sections begin, or null."""
    try:
        found = cascade.index.document(_text(asked, "id"))
    except KeyError:
        return {"document": None}
    sections = [[p.start, p.section] for p in cascade.index.passages if p.document_id == found.id]
    return {"document": found.to_json(), "sections": sections}


def version(cascade: Cascade, asked: dict[str, Any]) -> dict[str, Any]:
    """Which index answers."""
    return {"index": cascade.index.version}


DOORS: dict[str, Callable[[Cascade, dict[str, Any]], dict[str, Any]]] = {
    "/ask": ask,
    "/search": search,
    "/document": document,
    "/version": version,
    "/entry": entry,
    "/save_entry": save_entry,
    "/explain": lambda cascade, asked: explain(cascade, _text(asked, "question")),
}


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is {value!r}; it must be text")
    return value


def _handler(service: AnswerService, work: Callable[[Cascade, dict[str, Any]], dict[str, Any]]) -> Any:
    async def handle(request: Request) -> HTTPResponse:
        asked = request.json if isinstance(request.json, dict) else {}
        try:
            return json(await service.run(lambda cascade: work(cascade, asked)))
        except StillLoadingError as error:
            return json({"error": str(error)}, status=503)
        except ValueError as error:
            return json({"error": str(error)}, status=400)
        except Exception:
            logger.exception("a door of the action server failed")
            return json({"error": "failed"}, status=500)

    return handle
