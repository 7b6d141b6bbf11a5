"""A repair that was requested is asked after: its receipt number again, with what it is for and when somebody is to come.

Told are only the requests of this conversation's own customer. Who has none is answered as with any other question.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, channel_of, text_of
from bot.actions.replies import utter
from bot.actions.service import AnswerService
from bot.actions.skill_replies import utter_reply
from bot.skills.config import RepairConfig, skills
from bot.skills.receipts import asks_how_it_stands
from bot.skills.repair_store import RepairRequest, RepairStore, store_of_process
from bot.skills.repair_texts import lines
from bot.skills.reply import Reply
from bot.skills.visit_dates import shown_day

if TYPE_CHECKING:
    from bot.answer import Answer
    from bot.cascade import Cascade

logger = logging.getLogger(__name__)
TOLD = ("product", "date")
"""The slots that are told again; what says who and where is not."""
ANSWER = "action_answer"


class ActionReceipt(AnsweringAction):
    """Tells the customer's open requests, and what the FAQ surely knows of how a repair stands."""

    def __init__(
        self, service: AnswerService | None = None, config: RepairConfig | None = None, store: RepairStore | None = None
    ) -> None:
        super().__init__(service)
        self._config = config
        self._store = store

    def name(self) -> str:
        return "action_receipt"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        config = self._config or skills().repair
        if config is None:
            return [FollowupAction(ANSWER)]
        store = self._store or store_of_process()
        channel = channel_of(tracker)
        try:
            requests = await asyncio.to_thread(store.open_requests, tracker.sender_id, channel)
        except OSError:
            logger.warning("requests cannot be looked up now")
            utter_reply(dispatcher, Reply(config.text("receipt_away")))
            return []
        if not requests:
            return [FollowupAction(ANSWER)]
        utter_reply(dispatcher, Reply(told(requests, config)))
        if asks_how_it_stands(text_of(tracker)):
            answer = await self._known(text_of(tracker))
            if answer is not None:
                utter(dispatcher, answer)
        return []

    async def _known(self, text: str) -> Answer | None:
        """What the FAQ surely says to it; None also where it cannot be asked."""

        def work(cascade: Cascade) -> Answer | None:
            return cascade.sure_answer(text)

        try:
            return await self.service.run(work)
        except Exception:  # the number is told whatever becomes of the rest
            logger.exception("how a repair stands could not be looked up")
            return None


def told(requests: Sequence[RepairRequest], config: RepairConfig) -> str:
    """The requests as the customer reads them."""
    return "\n".join(config.text("receipt", receipt=one.receipt, lines=_lines(one, config)) for one in requests)


def _lines(request: RepairRequest, config: RepairConfig) -> str:
    values = {name: getattr(request, name) or "" for name in TOLD}
    day = config.text("line", label=config.text("label_requested"), value=shown_day(request.day))
    return "\n".join(filter(None, (lines(values, config, TOLD), day)))
