"""What docs/handover.md shows works as it stands there."""

import re
import time

import tomli

from bot.handover.config import SECRET, HumanConfig
from bot.handover.webhook import signature
from bot.settings import ROOT

TEXT = (ROOT / "docs" / "handover.md").read_text(encoding="utf-8")


def block(language):
    return re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL).group(1)


def test_the_configuration_shown_is_the_default_one(tmp_path):
    file = tmp_path / "daedap.toml"
    file.write_text(block("toml"), encoding="utf-8")
    shown = HumanConfig.load(file, {SECRET: "s" * 32})
    url = tomli.loads(block("toml"))["human"]["webhook_url"]
    assert shown == HumanConfig(webhook_url=url, webhook_secret="s" * 32)


def test_a_receiver_checks_the_signature_as_shown():
    names = {}
    exec(block("python"), names)
    now, body, secret = int(time.time()), '{"글": 1}'.encode(), "s" * 32
    headers = {"Daedap-Timestamp": str(now), "Daedap-Signature": signature(secret, now, body)}
    assert names["is_ours"](secret, headers, body)
    assert not names["is_ours"](secret, headers, body + b" ")
    assert not names["is_ours"]("t" * 32, headers, body)
    old = {"Daedap-Timestamp": str(now - 301), "Daedap-Signature": signature(secret, now - 301, body)}
    assert not names["is_ours"](secret, old, body)
