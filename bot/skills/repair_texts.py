"""The repair form's sentences with their buttons, put together from the configuration's texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.messages import HUMAN_BUTTON
from bot.skills.config import MAX_BUTTONS, RepairConfig
from bot.skills.phones import shown_phone
from bot.skills.reply import Reply, choice
from bot.skills.visit_dates import shown_wish

if TYPE_CHECKING:
    from bot.skills.repair_values import Reading

HUMAN = (HUMAN_BUTTON, "/human")
OFFER_AFTER = 2
"""After so many answers that were not understood a way out is offered."""


def _reply(parts: Sequence[str], buttons: Sequence[tuple[str, str]] = ()) -> Reply:
    return Reply(" ".join(part for part in parts if part), tuple(buttons))


def question(
    name: str, greeting: Sequence[str], failures: int, config: RepairConfig, before: Mapping[str, str] | None = None
) -> Reply:
    """The question for a slot; `before` is what an earlier request held."""
    own = config.own(name)
    same = [choice(config.text("button_same"))] if name in (before or {}) else []
    return _reply([*greeting, own.ask if own else config.text(f"ask_{name}")], [*same, *_choices(name, failures, config)])


def asked_again(name: str, parts: Sequence[str], failures: int, config: RepairConfig) -> Reply:
    """The question again, with what was wrong; from the second time on with a way out."""
    ways_out = ""
    if failures >= OFFER_AFTER:
        ways_out = config.text("two_failures_optional" if config.is_optional(name) else "two_failures")
    return _reply([*parts, ways_out], _choices(name, failures, config))


def _choices(name: str, failures: int, config: RepairConfig) -> list[tuple[str, str]]:
    """What may be chosen in answer, and from the second failure on the ways out."""
    buttons: list[tuple[str, str]] = []
    if name == "product" and len(config.products) <= MAX_BUTTONS:
        buttons = [choice(product) for product in config.products]
    elif name == "model" and config.is_optional("model"):
        buttons = [choice(config.text("button_unknown"))]
    elif name == "confirmed":
        buttons = [choice(config.text(one)) for one in ("button_yes", "button_change", "button_stop")]
    if failures >= OFFER_AFTER:
        if config.is_optional(name) and name != "model":
            buttons.append(choice(config.text("button_skip")))
        buttons.append(HUMAN)
    return buttons


def trouble(name: str, reading: Reading, config: RepairConfig) -> str:
    """What was wrong with an answer."""
    if reading.wrong:
        return config.text(reading.wrong, **reading.about)
    if config.own(name):
        return config.text("bad_own", label=config.label(name))
    about = {"products": ", ".join(config.products)} if name == "product" else {}
    return config.text(f"bad_{name}", **about)


def what_to_change(greeting: Sequence[str], config: RepairConfig) -> Reply:
    labels = [choice(config.label(name)) for name in config.asked][: MAX_BUTTONS - 1]
    return _reply([*greeting, config.text("ask_what_to_change")], [*labels, choice(config.text("button_stop"))])


def summary(values: Mapping[str, str], config: RepairConfig) -> Reply:
    """All values, to be confirmed."""
    buttons = [choice(config.text(name)) for name in ("button_yes", "button_change", "button_stop")]
    return _reply([config.text("summary", lines=lines(values, config))], buttons)


def lines(values: Mapping[str, str], config: RepairConfig, names: Collection[str] | None = None) -> str:
    """A line for each slot, or for those of `names`."""
    told = [name for name in config.asked if names is None or name in names]
    return "\n".join(
        config.text("line", label=config.label(name), value=shown(name, values.get(name) or "", config)) for name in told
    )


def shown(name: str, value: str, config: RepairConfig) -> str:
    """A value as the customer reads it."""
    if not value:
        return config.text("empty")
    if name == "phone":
        return shown_phone(value)
    return shown_wish(value, config.text("any_day")) if name == "date" else value
