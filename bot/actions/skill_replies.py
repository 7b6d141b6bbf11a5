"""What a skill says as Rasa messages."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from bot.skills.reply import Reply


def utter_reply(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Say `reply`, with its choices as buttons."""
    if reply.text:
        dispatcher.utter_message(text=reply.text, buttons=[{"title": title, "payload": sent} for title, sent in reply.buttons])
