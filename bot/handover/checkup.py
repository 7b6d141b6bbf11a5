"""What `daedap doctor` says of the hand-over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

import sqlalchemy as sa

from bot.doctor import Finding, State
from bot.handover import rows
from bot.handover.config import HumanConfig
from bot.handover.hours import describe
from bot.handover.queue import Handovers
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.tables import handover_webhooks

WHAT = "상담원"
HOW = "docs/handover.md에 적혀 있어요."


def people(settings: Settings, environment: Mapping[str, str]) -> Finding:
    """Whether people can take over, when they are there, and what could not be told to the webhook."""
    config = HumanConfig.load(environment=environment)
    if config is None:
        said = "설정하지 않았어요. 손님에게는 FAQ의 연락처를 알려 줘요."
        return Finding(WHAT, State.NOTE, said, f"쓰시려면 [human] 표를 적어 주세요. {HOW}")
    queue = Handovers(open_database(settings.database_url))
    is_open = config.hours.is_open(datetime.now(timezone.utc))
    waiting = sum(row.state is rows.State.WAITING for row in queue.listed())
    now = "지금은 상담 시간이에요" if is_open else "지금은 상담 시간이 아니에요"
    said = f"{describe(config.hours)}, {now}. 기다리는 손님 {waiting}명."
    lost = given_up(queue)
    if lost:
        return Finding(
            WHAT, State.BROKEN, f"{said} 웹훅에 알리지 못한 일 {lost}건.", f"webhook_url과 받는 쪽을 확인해 주세요. {HOW}"
        )
    return Finding(WHAT, State.FINE, said)


def given_up(queue: Handovers) -> int:
    """How many events the webhook never took."""
    gone = sa.and_(handover_webhooks.c.next_at.is_(None), handover_webhooks.c.sent_at.is_(None))
    with queue.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).where(gone)).scalar_one()
