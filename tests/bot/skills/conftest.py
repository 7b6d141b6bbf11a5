from datetime import datetime

import pytest

from bot.skills.config import OwnSlot, RepairConfig
from nlu.entities.dates import SEOUL


@pytest.fixture
def now():
    return datetime(2026, 11, 23, 10, tzinfo=SEOUL)  # a Monday


@pytest.fixture
def config():
    return RepairConfig(
        products=("세탁기", "에어컨", "로봇청소기"),
        models=("DW-F25D", "RV-7 Pro"),
        aliases={"세탁기": ["드럼"]},
        closed=("일",),
    )


@pytest.fixture
def own_config():
    floor = OwnSlot("floor", "층수", "몇 층이에요?", r"\d+")
    return RepairConfig(
        slots=("symptom",), optional=(), own_slots=(floor, OwnSlot("note", "남길 말", "남길 말이 있으세요?", optional=True))
    )
