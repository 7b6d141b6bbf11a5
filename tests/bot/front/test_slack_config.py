"""What Slack can be told, and where its secrets may stand."""

import pytest

from bot.front.slack_config import API_URL, SIGNING_SECRET, TOKEN, SlackConfig, has_table

SECRETS = {TOKEN: "xoxb-1-2-abc", SIGNING_SECRET: "0123456789abcdef0123456789abcdef"}


def load(tmp_path, text="", environment=SECRETS):
    (tmp_path / "daedap.toml").write_text(text, encoding="utf-8")
    return SlackConfig.load(tmp_path / "daedap.toml", environment)


def test_secrets_alone_are_enough(tmp_path):
    config = load(tmp_path)
    assert (config.token, config.team_channel, config.patience_minutes) == ("xoxb-1-2-abc", None, 10)
    assert config.api_url == "https://slack.com/api/"


def test_without_secrets_there_is_no_slack(tmp_path):
    assert load(tmp_path, '[slack]\nteam_channel = "C0123456789"', {}) is None
    assert has_table(tmp_path / "daedap.toml", {}) is True
    assert load(tmp_path, "", {}) is None and has_table(tmp_path / "daedap.toml", {}) is False


def test_the_table(tmp_path):
    text = '[slack]\nteam_channel = "C0123456789"\nfollow_threads = false\npatience_minutes = 5'
    config = load(tmp_path, text, SECRETS | {API_URL: "http://127.0.0.1:9/api/"})
    assert (config.team_channel, config.follow_threads, config.patience_minutes) == ("C0123456789", False, 5)
    assert config.api_url == "http://127.0.0.1:9/api/"


def test_secrets_are_not_shown(tmp_path):
    assert "xoxb" not in repr(load(tmp_path)) and "0123456789abcdef" not in repr(load(tmp_path))


@pytest.mark.parametrize("missing", [TOKEN, SIGNING_SECRET])
def test_one_secret_alone_is_refused_by_its_name(tmp_path, missing):
    with pytest.raises(ValueError, match=missing):
        load(tmp_path, environment={name: value for name, value in SECRETS.items() if name != missing})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('token = "xoxb-1"', "belongs in the environment"),
        ('signing_secret = "x"', "belongs in the environment"),
        ('chanel = "C1"', "unknown slack setting 'chanel'"),
        ('team_channel = "#상담"', "must be a channel's id"),
        ("team_channel = 5", "must be a channel's id"),
        ('follow_threads = "no"', "must be true or false"),
        ("patience_minutes = 0", "must be 1 to 60"),
        ('file = "x.db"', "unknown slack setting 'file'"),
        ("patience_minutes = true", "must be 1 to 60"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    with pytest.raises(ValueError, match=said):
        load(tmp_path, f"[slack]\n{text}")


@pytest.mark.parametrize(
    "changes",
    [{TOKEN: "xoxp-1"}, {TOKEN: "xapp-1"}, {SIGNING_SECRET: "short"}, {SIGNING_SECRET: "0" * 31 + "G"}, {API_URL: "ftp://a"}],
    ids=str,
)
def test_secrets_of_the_wrong_kind_are_refused(tmp_path, changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        load(tmp_path, environment=SECRETS | changes)


def test_slack_is_a_table(tmp_path):
    with pytest.raises(ValueError, match="must be a table"):
        load(tmp_path, "slack = true")
