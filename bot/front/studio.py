"""`/studio`: what the search finds and why the bot answers so, for those who keep the FAQ; server-rendered, with htmx.

Without DAEDAP_SESSION_SECRET and DAEDAP_STUDIO_PASSWORD_HASH there is no studio. Every form carries a token of
its session, and only the page's own site may send it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.front import texts
from bot.front.guards import too_many
from bot.front.limits import RateLimit
from bot.front.pages import render
from bot.front.passwords import is_right
from bot.front.sessions import TOKEN_HEADER, Sessions
from bot.front.state import state_of
from bot.front.studio_handovers import StudioHandovers
from bot.front.upstream import AwayError, RefusedError

LOGINS_PER_MINUTE = 6
SHOWN = 100
MAX_DIGITS = 16
WRONG_PASSWORD = "비밀번호가 맞지 않아요."
SAVED = "저장했어요. 몇 초 안에 답에 쓰여요."

Page = Callable[[Request], Awaitable[Response]]


class Studio:
    """The pages of one front's studio."""

    def __init__(self, secret: str, password_hash: str, is_secure: bool) -> None:
        self.sessions = Sessions(secret, is_secure)
        self._password_hash = password_hash
        self._logins = RateLimit(LOGINS_PER_MINUTE)

    def routes(self) -> list[Route]:
        return [
            Route("/studio/login", self.login, methods=["GET", "POST"]),
            Route("/studio/logout", self._guarded(self.logout), methods=["POST"]),
            Route("/studio", self._guarded(self.home), methods=["GET"]),
            Route("/studio/ask", self._guarded(self.ask), methods=["POST"]),
            Route("/studio/entry", self._guarded(self.entry), methods=["GET", "POST"]),
            Route("/studio/unanswered", self._guarded(self.unanswered), methods=["GET"]),
            Route("/studio/thumbs", self._guarded(self.thumbs), methods=["GET"]),
            *StudioHandovers(self._guarded, self._render, form, self.sessions.is_secure).routes(),
        ]

    async def login(self, request: Request) -> Response:
        """The form, and what is typed into it; a few tries a minute."""
        if request.method == "GET":
            return render(request, "login.html", error=None)
        if seconds := self._logins.take(request.state.client.key):
            return too_many(seconds)
        given = (await form(request)).get("password", "")
        if not await asyncio.to_thread(is_right, given, self._password_hash):
            return render(request, "login.html", 401, error=WRONG_PASSWORD)
        response = RedirectResponse("/studio", 303)
        self.sessions.begin(response)
        return response

    async def logout(self, request: Request) -> Response:
        response = RedirectResponse("/studio/login", 303)
        self.sessions.end(response)
        return response

    async def home(self, request: Request) -> Response:
        return self._render(request, "studio.html", question=request.query_params.get("question", ""))

    async def ask(self, request: Request) -> Response:
        """What each stage found for a question, as a piece of the page."""
        question = (await form(request)).get("question", "").strip()
        limit = state_of(request).max_message_characters
        if not question or len(question) > limit:
            return render(request, "error.html", 422, error=texts.TOO_LONG.format(limit=limit))
        try:
            found = await state_of(request).upstream.door("explain", question=question)
        except (AwayError, RefusedError):
            return render(request, "error.html", error=texts.AWAY)
        return render(request, "explained.html", **found)

    async def entry(self, request: Request) -> Response:
        """An FAQ entry to change, or a new one."""
        upstream = state_of(request).upstream
        if request.method == "GET":
            entry_id = request.query_params.get("id")
            found = (await upstream.door("entry", id=entry_id))["entry"] if entry_id else None
            if entry_id and found is None:
                raise HTTPException(404, texts.NOT_FOUND)
            blank = {
                "id": "",
                "question": request.query_params.get("question", ""),
                "phrasings": [],
                "answer": "",
                "category": "",
            }
            unanswered = request.query_params.get("unanswered", "")
            return self._render(request, "entry.html", entry=found or blank, said=None, error=None, unanswered=unanswered)
        given = await form(request)
        unanswered = given.get("unanswered", "")
        entry = {name: given.get(name, "") for name in ("id", "question", "answer", "category")}
        entry["phrasings"] = [line.strip() for line in given.get("phrasings", "").splitlines() if line.strip()]
        try:
            saved = await upstream.door("save_entry", by="studio", **(entry | {"id": entry["id"] or None}))
        except RefusedError as error:
            return self._render(request, "entry.html", 422, entry=entry, said=None, error=str(error), unanswered=unanswered)
        except AwayError:
            return self._render(request, "entry.html", 503, entry=entry, said=None, error=texts.AWAY, unanswered=unanswered)
        if unanswered.isascii() and unanswered.isdigit() and len(unanswered) < MAX_DIGITS:
            await asyncio.to_thread(_settle, state_of(request).database_url, int(unanswered), saved["id"])
        return self._render(request, "entry.html", entry=entry | {"id": saved["id"]}, said=SAVED, error=None, unanswered="")

    async def unanswered(self, request: Request) -> Response:
        """What nobody could answer, newest first."""
        rows = await asyncio.to_thread(_unanswered, state_of(request).database_url)
        return self._render(request, "unanswered.html", rows=rows)

    async def thumbs(self, request: Request) -> Response:
        """Answers that customers rated."""
        return self._render(request, "thumbs.html", rows=state_of(request).chat.kept.rated(SHOWN))

    def _guarded(self, page: Page) -> Page:
        @wraps(page)
        async def guarded(request: Request) -> Response:
            session = self.sessions.of(request)
            if session is None:
                return Response(status_code=401, headers={"HX-Redirect": "/studio/login"}) if _is_htmx(request) else _to_login()
            request.state.session = session
            if request.method == "POST":
                token = request.headers.get(TOKEN_HEADER) or (await form(request)).get("token", "")
                if not self.sessions.is_own_form(session, token):
                    raise HTTPException(403, texts.FOREIGN_ORIGIN)
            response = await page(request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return guarded

    def _render(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        return render(request, template, status, token=self.sessions.token(request.state.session), **values)


async def form(request: Request) -> dict[str, str]:
    """The fields of a form as browsers send it; of a field given twice the last."""
    try:
        return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError as error:
        raise HTTPException(400, texts.NOT_FOUND) from error


def _is_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _to_login() -> Response:
    return RedirectResponse("/studio/login", 303)


def _unanswered(database_url: str) -> list[Any]:
    from bot.journal import Journal

    journal = Journal(database_url)
    try:
        return journal.unanswered(SHOWN)
    finally:
        journal.close()


def _settle(database_url: str, number: int, entry_id: str) -> None:
    """Notes that an entry answers the unanswered question with this number."""
    from bot.journal import Journal, Settled

    journal = Journal(database_url)
    try:
        journal.settle([number], Settled.ADDED, entry_id)
    finally:
        journal.close()
