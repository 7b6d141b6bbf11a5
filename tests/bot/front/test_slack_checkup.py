"""What `daedap doctor` says about Slack, and that the app's manifest asks for what the code needs."""

from dataclasses import replace

import pytest
import ruamel.yaml

from bot.doctor import State, examine, slack
from bot.front.config import FrontConfig
from bot.front.reachability import Reached
from bot.front.slack import COMMAND, EVENTS, INTERACTIVE
from bot.front.slack_checkup import SCOPES, connected, kept, reached
from bot.front.slack_config import API_URL, SIGNING_SECRET, TOKEN
from bot.servers import free_port
from bot.settings import ROOT, Settings
from tests.bot.front.slack_bench import Bench, config_of
from tests.bot.front.slack_stand_in import SECRET, TEAM_CHANNEL, SlackStandIn
from tests.bot.front.slack_stand_in import TOKEN as GOOD_TOKEN

HTTPS = "https://bot.example.com"


@pytest.fixture(autouse=True)
def way(monkeypatch):
    """What Slack's requests would meet with."""
    came = [Reached(401, is_ours=True)]
    monkeypatch.setattr("bot.front.reachability.knock", lambda address: came[-1])
    return came


@pytest.fixture
def workspace():
    workspace = SlackStandIn()
    yield workspace
    workspace.stop()


@pytest.fixture
def environment(workspace, tmp_path):
    """Slack is configured, with its channel and the hand-over."""
    toml = tmp_path / "daedap.toml"
    toml.write_text(f'[human]\n[slack]\nteam_channel = "{TEAM_CHANNEL}"\n', encoding="utf-8")
    return {TOKEN: GOOD_TOKEN, SIGNING_SECRET: SECRET, API_URL: workspace.api_url, "DAEDAP_CONFIG": str(toml)}


def test_all_is_well(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("DAEDAP_CONFIG", environment["DAEDAP_CONFIG"])
    found = slack(FrontConfig(public_url=HTTPS, conversations=tmp_path / "web.db"), environment)
    assert (found.state, found.said) == (State.FINE, f"요청 주소: {HTTPS}{EVENTS}")
    assert not (tmp_path / "slack.db").exists()


def test_it_is_off_where_nothing_is_said_and_broken_where_secrets_are_missing(tmp_path, environment):
    (tmp_path / "empty.toml").touch()
    assert (
        slack(FrontConfig(conversations=tmp_path / "web.db"), {"DAEDAP_CONFIG": str(tmp_path / "empty.toml")}).state is State.NOTE
    )
    found = slack(FrontConfig(conversations=tmp_path / "web.db"), {"DAEDAP_CONFIG": environment["DAEDAP_CONFIG"]})
    assert (found.state, TOKEN in found.advice, SIGNING_SECRET in found.advice) == (State.BROKEN, True, True)


def test_an_address_that_leads_elsewhere_is_told(environment, tmp_path, monkeypatch, way):
    monkeypatch.setenv("DAEDAP_CONFIG", environment["DAEDAP_CONFIG"])
    way.append(Reached(404))
    found = slack(FrontConfig(public_url=HTTPS, conversations=tmp_path / "web.db"), environment)
    assert (found.state, found.said) == (State.NOTE, f"요청 주소 {HTTPS}{EVENTS}에 닿지 않아요: 상태 404")


def test_without_https_slack_cannot_call(workspace):
    assert reached(FrontConfig(), config_of(workspace)).state is State.NOTE


def test_one_secret_alone_is_named_by_the_doctor(environment, tmp_path):
    del environment[SIGNING_SECRET]
    settings = Settings(
        index=tmp_path / "i", reader=tmp_path / "r", rasa_model=tmp_path / "m", database_url=f"sqlite:///{tmp_path / 'j.db'}"
    )
    config = FrontConfig(port=free_port(), conversations=tmp_path / "w.db")
    [found] = [one for one in examine(settings, config, environment) if one.what == "슬랙"]
    assert (found.state, SIGNING_SECRET in found.said) == (State.BROKEN, True)


def test_a_token_that_slack_does_not_take(workspace):
    found = connected(replace(config_of(workspace), token="xoxb-old"))
    assert (found.state, "invalid_auth" in found.said) == (State.BROKEN, True)


def test_slack_out_of_reach(workspace):
    workspace.stop()
    found = connected(config_of(workspace))
    assert (found.state, "닿지 않아요" in found.said) == (State.BROKEN, True)


def test_scopes_that_are_missing_are_named(workspace):
    workspace.scopes.remove("im:history")
    found = connected(config_of(workspace))
    assert (found.state, found.said) == (State.BROKEN, "앱에 없는 권한: im:history")


@pytest.mark.parametrize(("channel", "words"), [("C0SHOP", "/invite @daedap"), ("C9NOWHERE", "채널 ID")])
def test_a_team_channel_without_the_bot(workspace, channel, words):
    found = connected(config_of(workspace, team_channel=channel))
    assert (found.state, words in found.advice) == (State.BROKEN, True)


def test_a_team_channel_without_the_hand_over(workspace, tmp_path, monkeypatch):
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("DAEDAP_CONFIG", str(tmp_path / "empty.toml"))
    found = connected(config_of(workspace, team_channel=TEAM_CHANNEL))
    assert (found.state, "[human]" in found.advice) == (State.NOTE, True)


def test_what_could_not_be_said_is_told(workspace, tmp_path):
    from bot.front.slack_turns import post

    bench = Bench(workspace, tmp_path)
    bench.service.outbox.put([post("a", "C9NOWHERE", None, {"text": "?"}, 600.0)])
    bench.settle()
    assert "channel_not_found" in kept(tmp_path / "slack.db").said


def test_a_broken_file(tmp_path):
    (tmp_path / "slack.db").write_bytes(b"no database" * 100)
    assert kept(tmp_path / "slack.db").state is State.BROKEN


def test_the_manifest_asks_for_what_is_used():
    text = (ROOT / "docs" / "channels" / "slack-manifest.yml").read_text(encoding="utf-8")
    manifest = ruamel.yaml.YAML(typ="safe", pure=True).load(text)
    assert tuple(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    settings, [command] = manifest["settings"], manifest["features"]["slash_commands"]
    assert settings["event_subscriptions"]["request_url"] == HTTPS + EVENTS
    assert settings["interactivity"] == {"is_enabled": True, "request_url": HTTPS + INTERACTIVE}
    assert command["url"] == HTTPS + COMMAND
    events = set(settings["event_subscriptions"]["bot_events"])
    assert {"app_mention", "message.channels", "message.groups", "message.im", "message.mpim"} <= events
    assert len(manifest["display_information"]["name"]) <= 35
