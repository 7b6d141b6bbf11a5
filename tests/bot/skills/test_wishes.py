"""Wishes told by the words alone."""

import pytest

from bot.skills.config import SkillsConfig
from bot.skills.wishes import CODE, REPAIR, wish_of


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("세탁기 UE 떠요", CODE),
        ("에어컨 CH10이래요", CODE),
        ("CH05 고쳐 주세요", None),
        ("세탁기 UE 떠요 기사님 보내주세요", REPAIR),
        ("OK 알겠어요", None),
        ("세탁기에서 물이 안 나와요", None),
    ],
)
def test_a_code_that_is_told_of_is_no_wish_for_somebody_to_come(config, text, wish):
    assert wish_of(text, SkillsConfig(repair=config)) == wish
