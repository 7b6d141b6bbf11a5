"""Rasa's way to the action server, with an answer for the user when nobody is there.

Rasa calls its action server with a timeout of 300 s that cannot be configured and, where that fails,
logs it and sends the user nothing. This endpoint waits `timeout_s` and then gives Rasa a valid action
result that utters `utter_service_away`: the conversation keeps its state and goes on when the action
server is back.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

logger = logging.getLogger(__name__)

AWAY_RESPONSE = "utter_service_away"
REJECTED = 400
"""The status by which an action refuses to run; Rasa handles that itself."""


class ActionEndpoint(EndpointConfig):
    """An action server that is waited for `timeout_s` seconds at most.

    It is sent the domain only by actions that `domain.yml` lists with `send_domain`.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        super().__init__(url, selective_domain=True)
        if timeout_s <= 0:
            raise ValueError(f"timeout_s is {timeout_s}; it must be above 0")
        self.timeout_s = timeout_s

    async def request(self, method: str = "post", *arguments: Any, **options: Any) -> Any:
        """The action's result, or one that says that the answer service is away."""
        options["timeout"] = aiohttp.ClientTimeout(total=self.timeout_s)
        try:
            result = await super().request(method, *arguments, **options)
        except ClientResponseError as error:
            if error.status == REJECTED:
                raise
            logger.error("action server answered with status %s", error.status)
            return away()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            logger.error("action server at %s is away: %s", self.url, type(error).__name__)
            return away()
        return away() if result is None else result


def away() -> dict[str, Any]:
    """An action result that changes nothing and utters that the answer service is away."""
    return {"events": [], "responses": [{"response": AWAY_RESPONSE}]}


def check_results_by_one_validator() -> None:
    """Lets Rasa check what actions return by one validator.

    Rasa calls `jsonschema.validate` with each result, which checks the schema itself every time: 20 of the 30
    milliseconds that Rasa spends on a question. The schema is checked here, once.
    """
    from jsonschema.exceptions import best_match
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def validate(_: RemoteAction, result: dict[str, Any]) -> bool:
        error = best_match(validator.iter_errors(result))
        if error is not None:
            raise error
        return True

    RemoteAction._validate_action_result = validate
