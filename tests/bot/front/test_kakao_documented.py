"""docs/channels/kakao.md says what the code does."""

import dataclasses
import re

import tomli

from bot.channels import kakao_texts as texts
from bot.front.kakao import HEADER, PATH
from bot.front.kakao_config import HOSTS, SECRET, KakaoConfig
from bot.settings import ROOT

PAGE = (ROOT / "docs" / "channels" / "kakao.md").read_text(encoding="utf-8")


def test_every_setting_is_there_with_its_default():
    [block] = [block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "[kakao]" in block]
    defaults = {field.name: field.default for field in dataclasses.fields(KakaoConfig)}
    assert tomli.loads(block)["kakao"] == {name: defaults[name] for name in defaults if name not in ("secret", "callback_hosts")}


def test_the_address_the_header_and_the_variables_are_named():
    assert f"https://bot.example.com{PATH}" in PAGE
    assert re.search(rf"^{HEADER}: ", PAGE, re.MULTILINE | re.IGNORECASE)
    assert SECRET in PAGE and HOSTS in PAGE


def test_what_is_written_on_buttons_is_told():
    assert all(f"**{label}**" in PAGE for label in (texts.MORE, texts.SHOW_ANSWERS, texts.ORIGINAL, texts.DETAILS))
