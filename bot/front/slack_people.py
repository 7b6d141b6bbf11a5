"""What people in the workspace are called, asked of Slack once a day."""

from __future__ import annotations

import asyncio
import logging

from slack_sdk.errors import SlackClientError

from bot.front import slack_texts as texts
from bot.front.slack_sending import CONNECTION_ERRORS, Sending
from bot.front.slack_store import DAY_S, SlackStore

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 60


class People:
    """Names by user id, kept in the shared file."""

    def __init__(self, store: SlackStore, sending: Sending) -> None:
        self._store = store
        self._sending = sending

    async def name_of(self, user: str, otherwise: str | None = None) -> str:
        """The name that colleagues see; `otherwise`, or a word for anybody, where Slack does not say."""
        values = (user, self._store.clock() - DAY_S)
        known = await asyncio.to_thread(self._store.look, "SELECT name FROM people WHERE user = ? AND at > ?", values)
        if known:
            return known[0][0]
        try:
            found = (await self._sending.client.users_info(user=user))["user"]
            profile = found.get("profile") or {}
            name = profile.get("display_name") or profile.get("real_name") or found.get("real_name") or found.get("name")
        except (SlackClientError, *CONNECTION_ERRORS, KeyError, AttributeError) as error:
            logger.warning("Slack did not say a colleague's name: %s", type(error).__name__)
            return otherwise or texts.SOMEBODY
        if not name:
            return otherwise or texts.SOMEBODY
        await asyncio.to_thread(self._keep, user, str(name)[:MAX_CHARACTERS])
        return str(name)[:MAX_CHARACTERS]

    def _keep(self, user: str, name: str) -> None:
        with self._store.change() as db:
            db.execute("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", (user, name, self._store.clock()))
