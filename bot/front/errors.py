"""Errors as JSON: `{"error": sentence}`, nothing of the inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.front import texts
from bot.front.safe_headers import HEADERS

logger = logging.getLogger(__name__)

SENTENCES = {404: texts.NOT_FOUND, 413: texts.TOO_LARGE, 503: texts.AWAY}


def error_response(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": sentence}, status, headers)


async def on_http_exception(_: Request, error: HTTPException) -> JSONResponse:
    """An error that a route or Starlette raised."""
    own = error.detail if isinstance(error.detail, str) and any("가" <= c <= "힣" for c in error.detail) else None
    return error_response(error.status_code, own or SENTENCES.get(error.status_code, str(error.detail)), error.headers)


async def on_failure(_: Request, error: Exception) -> JSONResponse:
    """What nobody foresaw: the log has the rest."""
    logger.error("a request failed", exc_info=error)
    return error_response(500, texts.FAILED, HEADERS)


async def json_object(request: Request) -> dict[str, Any]:
    """The request's body as an object; HTTPException 400 where it is none."""
    try:
        document = await request.json()
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise HTTPException(400, texts.NOT_JSON)
    return document
