"""The queue in the studio: who waits, and a page on which an agent talks with one customer; server-rendered, with htmx.

Forms are plain ones and work without scripts; htmx only keeps the queue and what was said up to date.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.front import texts
from bot.front.pages import render
from bot.handover import agent_texts
from bot.handover.listing import card_of, line_of
from bot.handover.rows import Handover, Kind, State

AGENT_COOKIE = "daedap_agent"
COOKIE_DAYS = 30
NAME_CHARACTERS = 20
TEXT_CHARACTERS = 2_000
PATH = "/studio/handovers"

Page = Callable[[Request], Awaitable[Response]]


class StudioHandovers:
    """The pages; `guarded` lets only who is logged in to them, `render_page` draws a whole page of the studio."""

    def __init__(
        self,
        guarded: Callable[[Page], Page],
        render_page: Callable[..., Response],
        form: Callable[[Request], Awaitable[dict[str, str]]],
        is_secure: bool,
    ) -> None:
        self._guarded = guarded
        self._render_page = render_page
        self._form = form
        self._is_secure = is_secure

    def routes(self) -> list[Route]:
        return [
            Route(PATH, self._guarded(self.queue), methods=["GET"]),
            Route(f"{PATH}/name", self._guarded(self.name), methods=["POST"]),
            Route(f"{PATH}/{{number:int}}", self._guarded(self.talk), methods=["GET"]),
            Route(f"{PATH}/{{number:int}}", self._guarded(self.act), methods=["POST"]),
        ]

    async def queue(self, request: Request) -> Response:
        """All customers that are there; htmx asks for the table alone."""
        handovers = self._handovers(request)
        if handovers is None:
            return self._render_page(request, "handovers.html", rows=[], agent="", missing=agent_texts.NOT_CONFIGURED)
        rows = await asyncio.to_thread(handovers.listed)
        lines = [(row, line_of(row, handovers.clock())) for row in rows]
        if _is_htmx(request):
            return render(request, "handover_rows.html", rows=lines)
        return self._render_page(request, "handovers.html", rows=lines, agent=agent_of(request), missing=None)

    async def name(self, request: Request) -> Response:
        """The name that customers see."""
        name = " ".join((await self._form(request)).get("name", "").split())[:NAME_CHARACTERS]
        response = RedirectResponse(PATH, 303)
        if name:
            seconds = COOKIE_DAYS * 86_400
            cookie = {"path": "/studio", "secure": self._is_secure, "httponly": True, "samesite": "strict"}
            response.set_cookie(AGENT_COOKIE, quote(name), seconds, **cookie)
        return response

    async def talk(self, request: Request) -> Response:
        """One customer: the summary, what was said, and the form to answer; htmx asks for what was said alone."""
        if _is_htmx(request):
            return render(request, "handover_said.html", **await self._shown(request))
        return self._render_page(request, "handover.html", error=None, **await self._shown(request))

    async def act(self, request: Request) -> Response:
        """Takes the customer, says something, hands back, puts back into the queue."""
        given = await self._form(request)
        error = await asyncio.to_thread(self._act, request, given.get("do", ""), given.get("text", ""))
        if error is not None:
            return self._render_page(request, "handover.html", 409, error=error, **await self._shown(request))
        is_over = given.get("do") in ("back", "release")
        return RedirectResponse(PATH if is_over else f"{PATH}/{request.path_params['number']}", 303)

    def _act(self, request: Request, do: str, text: str) -> str | None:
        """Why it could not be done, or None."""
        number, agent, handovers = request.path_params["number"], agent_of(request), self._there(request)
        text = text.strip()[:TEXT_CHARACTERS]
        if not agent:
            return agent_texts.NAME_FIRST
        if do == "take":
            return None if handovers.take(number, agent) else agent_texts.NOT_TAKEN.format(id=number)
        if do == "say":
            return None if not text or handovers.say(number, agent, text) else agent_texts.NOT_SENT
        if do == "back":
            return None if handovers.hand_back(number, agent) else agent_texts.GONE.format(id=number)
        if do == "release":
            return None if handovers.release(number) else agent_texts.NOT_RELEASED.format(id=number)
        return texts.NOT_FOUND

    async def _shown(self, request: Request) -> dict[str, Any]:
        handovers, number = self._there(request), request.path_params["number"]
        handover = await asyncio.to_thread(handovers.get, number)
        if handover is None:
            raise HTTPException(404, texts.NOT_FOUND)
        said = await asyncio.to_thread(handovers.said, number)
        agent = agent_of(request)
        is_mine = handover.state is State.ACTIVE and handover.agent == agent
        return {
            "handover": handover,
            "line": line_of(handover, handovers.clock()),
            "card": card_of(handover) if handover.state is not State.WAITING else card_of(_masked(handover)),
            "said": said,
            "agent": agent,
            "can_take": handover.state is State.WAITING,
            "can_say": is_mine and handover.kind is not Kind.MESSAGE,
            "can_end": is_mine,
            "can_release": handover.state is State.ACTIVE,
        }

    def _handovers(self, request: Request) -> Any:
        return request.app.state.handover.find()

    def _there(self, request: Request) -> Any:
        handovers = self._handovers(request)
        if handovers is None:
            raise HTTPException(404, texts.NOT_FOUND)
        return handovers


def agent_of(request: Request) -> str:
    """The agent's name, empty where none was given yet."""
    return " ".join(unquote(request.cookies.get(AGENT_COOKIE, "")).split())[:NAME_CHARACTERS]


def _masked(handover: Handover) -> Handover:
    """The hand-over without name and phone: only who takes it sees them."""
    return dataclasses.replace(handover, contact_name=None, contact_phone=None)


def _is_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"
