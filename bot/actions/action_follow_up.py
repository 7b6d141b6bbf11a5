"""A message that is surely a follow-up ("그럼 에어컨은요?"): answered in the light of what was said before."""

from __future__ import annotations

from bot.actions.action_answer import ActionAnswer


class ActionFollowUp(ActionAnswer):
    """Answers the latest message as one that leans on what was said, where it can."""

    follows = True

    def name(self) -> str:
        return "action_follow_up"
