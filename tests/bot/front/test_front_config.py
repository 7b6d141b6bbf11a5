import pytest

from bot.front.config import FrontConfig

GOOD = "7f3a" * 16


def load(tmp_path, text="", environment=None, **arguments):
    (tmp_path / "daedap.toml").write_text(text, encoding="utf-8")
    return FrontConfig.load(tmp_path / "daedap.toml", environment or {}, **arguments)


def test_file_then_arguments(tmp_path):
    config = load(tmp_path, 'faq_sure = 0.8\n[web]\nport = 9000\nallowed_origins = ["https://shop.example.com"]', port=None)
    assert (config.port, config.allowed_origins) == (9000, ("https://shop.example.com",))
    assert load(tmp_path, "[web]\nport = 9000", port=9001).port == 9001


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[web]\nprot = 1", "unknown web setting 'prot'"),
        ("[web]\nport = 0", "between 1 and 65535"),
        ('[web]\nallowed_origins = ["*"]', "no origin"),
        ('[web]\nallowed_origins = ["https://*.example.com"]', "no origin"),
        ('[web]\nallowed_origins = ["https://a.com/path"]', "no origin"),
        ('[web]\nallowed_origins = "https://a.com"', "must be a list"),
        ('[web]\ntrusted_proxies = ["nginx"]', "nginx"),
        ('[web]\nsession_secret = "x"', "in the environment"),
        ("[web]\nper_user_per_minute = 0", "1 or more"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, why):
    with pytest.raises(ValueError, match=why):
        load(tmp_path, text)


@pytest.mark.parametrize(
    "secret",
    [
        "change-me-change-me-change-me-change-me",
        "CHANGEME" * 8,
        "secret" * 10,
        "여기에 아무도 모르는 값을 적어 주세요 서른두 자 이상",
    ],
)
def test_secrets_of_examples_are_refused(tmp_path, secret):
    with pytest.raises(ValueError, match="예시"):
        load(tmp_path, environment={"DAEDAP_SESSION_SECRET": secret})


def test_short_secrets_are_refused(tmp_path):
    with pytest.raises(ValueError, match="32자"):
        load(tmp_path, environment={"DAEDAP_SESSION_SECRET": "a1b2c3"})
    assert load(tmp_path, environment={"DAEDAP_SESSION_SECRET": GOOD}).session_secret == GOOD


def test_https_outside_makes_it_secure(tmp_path):
    assert load(tmp_path, '[web]\npublic_url = "https://bot.example.com"').is_secure
    assert not load(tmp_path).is_secure
