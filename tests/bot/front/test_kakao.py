"""The skill endpoint as Kakao and others call it."""

import copy
import importlib.util
import json
import logging

import pytest

from bot.channels import kakao_texts as texts
from bot.front import texts as front_texts
from bot.front.kakao import sender_of
from bot.front.kakao_config import KakaoConfig
from bot.message import Button, Message
from bot.settings import ROOT

PATH = "/webhooks/kakao/webhook"
SAMPLES = ROOT / "tests" / "data" / "kakao"
HERE = ("127.0.0.1", 1234)


def _rules():
    spec = importlib.util.spec_from_file_location("kakao_rules", ROOT / "benchmarks" / "channels" / "kakao_rules.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RULES = _rules()


def sample(name="request_faq"):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def changed(path, value, name="request_faq"):
    """A sample with `value` at `path`; `...` takes the field out."""
    payload = sample(name)
    place = payload
    for part in path.split(".")[:-1]:
        place = place[part]
    last = path.split(".")[-1]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return payload


@pytest.fixture(autouse=True)
def no_secret(monkeypatch):
    monkeypatch.delenv("DAEDAP_KAKAO_SECRET", raising=False)
    monkeypatch.delenv("DAEDAP_KAKAO_CALLBACK_HOSTS", raising=False)


def said(response):
    """The texts of a response, which Kakao would show."""
    assert response.status_code == 200
    assert RULES.problems(response.json()) == []
    outputs = response.json()["template"]["outputs"]
    return [output["simpleText"]["text"] for output in outputs if "simpleText" in output]


@pytest.mark.parametrize("name", ["request_minimal", "request_faq", "request_callback"])
def test_the_samples_are_answered(front, upstream, name):
    response = front(HERE).post(PATH, json=sample(name))
    assert said(response) == ["‘7일’이라고 나와 있어요.\n“7일 안에”"]
    assert upstream.said[0][0] == sample(name)["userRequest"]["utterance"]
    card = response.json()["template"]["outputs"][1]["textCard"]
    assert card["buttons"][0]["webLinkUrl"] == "http://testserver/documents/%EA%B7%9C%EC%A0%95?start=16&end=18#here"


def test_the_shared_responses_keep_the_rules_that_ours_are_checked_by():
    lines = (SAMPLES / "responses.jsonl").read_text(encoding="utf-8").splitlines()
    first, card, listed, promise = map(json.loads, lines)
    assert RULES.problems(promise) == []
    assert RULES.problems({"version": "2.0", "template": {"outputs": first["template"]["outputs"]}}) == []
    assert RULES.problems({"version": "1.0"}) and RULES.problems({"version": "2.0", "template": {"outputs": []}})
    long = {"version": "2.0", "template": {"outputs": [{"simpleText": {"text": "가" * 1001}}]}}
    assert RULES.problems(long) == ["simpleText of 1001"]
    five = listed["template"]["outputs"][0]["listCard"]["items"][:1] * 6
    assert RULES.problems({"version": "2.0", "template": {"outputs": [{"listCard": {"header": {"title": "a"}, "items": five}}]}})
    label = card["template"]["outputs"][0]["textCard"] | {
        "buttons": [{"action": "webLink", "label": "가" * 15, "webLinkUrl": "https://a"}]
    }
    assert RULES.problems({"version": "2.0", "template": {"outputs": [{"textCard": label}]}})


DEEP = "[" * 20_000 + "]" * 20_000
HOSTILE_BODIES = {
    "empty": b"",
    "no JSON": b"{nope",
    "null": b"null",
    "text": '"글"'.encode(),
    "the word null": b'"null"',
    "number": b"7",
    "list": b"[]",
    "list of objects": b"[{}]",
    "empty object": b"{}",
    "deep": DEEP.encode(),
    "deep in a field": b'{"userRequest": ' + DEEP.encode() + b"}",
    "not UTF-8": b"\xff\xfe{}",
    "UTF-16": '{"userRequest": {}}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"userRequest": NaN}',
    "large number": b'{"userRequest": {"utterance": ' + b"9" * 5_000 + b"}}",
    "half a character": b'{"userRequest": {"utterance": "\\ud83d", "user": {"id": "\\ud83d"}}}',
    "twice the same field": b'{"userRequest": null, "userRequest": {"utterance": 1}}',
    "100 KB of text": json.dumps(changed("userRequest.utterance", "가" * 33_000), ensure_ascii=False).encode(),
    "100 KB of nothing": b" " * 100_000,
    "200 KB": json.dumps(changed("userRequest.utterance", "a" * 200_000)).encode(),
}
HOSTILE_FIELDS = [
    ("userRequest", ...),
    ("userRequest", None),
    ("userRequest", "null"),
    ("userRequest", []),
    ("userRequest.utterance", ...),
    ("userRequest.utterance", None),
    ("userRequest.utterance", 7),
    ("userRequest.utterance", ["반품"]),
    ("userRequest.utterance", {"text": "반품"}),
    ("userRequest.utterance", ""),
    ("userRequest.utterance", "null"),
    ("userRequest.utterance", "\x00\u200b\u202e"),
    ("userRequest.utterance", "<script>alert(1)</script>"),
    ("userRequest.utterance", "/restart"),
    ("userRequest.utterance", '/ask{"faq_id": "x", "y": {}}'),
    ("userRequest.utterance", "'; DROP TABLE said; --"),
    ("userRequest.user", ...),
    ("userRequest.user", None),
    ("userRequest.user", "null"),
    ("userRequest.user.id", ...),
    ("userRequest.user.id", None),
    ("userRequest.user.id", 7),
    ("userRequest.user.id", ["a"]),
    ("userRequest.user.id", "null"),
    ("userRequest.user.id", "가" * 30_000),
    ("userRequest.callbackUrl", None),
    ("userRequest.callbackUrl", 7),
    ("userRequest.callbackUrl", "null"),
    ("userRequest.callbackUrl", "http://169.254.169.254/"),
    ("userRequest.callbackUrl", "https://a/" + "x" * 50_000),
    ("userRequest.params", None),
    ("userRequest.lang", 7),
    ("action", ...),
    ("action", None),
    ("action", "null"),
    ("action.clientExtra", "null"),
    ("action.clientExtra", None),
    ("action.clientExtra", "{"),
    ("action.clientExtra", DEEP),
    ("action.clientExtra", {"payload": ["/human"]}),
    ("action.clientExtra", {"payload": "/restart"}),
    ("action.clientExtra", {"show": "more", "id": 10**30}),
    ("action.clientExtra", {"show": "more", "id": "1 OR 1=1"}),
    ("action.clientExtra", {"show": {"answers": 1}}),
    ("action.clientExtra", {"faq_id": '"}, "x": {"'}),
    ("action.params", {"sys_date": "{"}),
    ("action.detailParams", "null"),
    ("bot", ...),
    ("bot", None),
    ("bot.id", None),
    ("bot.id", 7),
    ("contexts", None),
    ("intent", None),
]


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_whatever_body_comes_the_response_is_one_kakao_shows(front, body):
    assert said(front(HERE).post(PATH, content=body))


@pytest.mark.parametrize(("path", "value"), HOSTILE_FIELDS)
def test_whatever_stands_in_a_field_the_response_is_one_kakao_shows(front, path, value):
    assert said(front(HERE).post(PATH, json=changed(path, value)))


def test_hostile_variants_are_many():
    assert len(HOSTILE_BODIES) + len(HOSTILE_FIELDS) >= 30


@pytest.mark.parametrize("name", ["userRequest", "action", "bot", "contexts", "intent", "flow"])
def test_a_missing_part_is_survived(front, name):
    payload = copy.deepcopy(sample())
    del payload[name]
    assert said(front(HERE).post(PATH, json=payload))


def test_a_bot_that_breaks_still_gives_a_response(front, upstream, caplog):
    upstream.failure = RuntimeError("broken")
    with caplog.at_level(logging.CRITICAL):
        assert said(front(HERE).post(PATH, json=sample())) == [front_texts.FAILED]


def test_a_bot_that_is_away_says_so(front, upstream, away):
    upstream.failure = away
    assert said(front(HERE).post(PATH, json=sample())) == [front_texts.AWAY]


def test_a_click_answers_the_chosen_entry(front, upstream):
    client = front(HERE)
    upstream.replies = (Message("이 질문인가요?", buttons=(Button("환불 기간은 어떻게 돼요?", '/ask{"faq_id": "F1"}'),)),)
    [item] = client.post(PATH, json=sample()).json()["template"]["outputs"][1]["listCard"]["items"]
    payload = changed("userRequest.utterance", item["messageText"])
    payload["action"]["clientExtra"] = item["extra"]
    client.post(PATH, json=payload)
    assert upstream.said[1] == ('/ask{"faq_id": "F1"}', upstream.said[0][1])


def test_a_customer_is_named_by_a_hash(front, upstream):
    front(HERE).post(PATH, json=sample())
    [(_, sender)] = upstream.said
    assert sender.startswith("kakao-") and len(sender) == 38
    assert sample()["userRequest"]["user"]["id"] not in sender


def test_who_names_nobody_shares_no_conversation():
    assert sender_of(None) != sender_of(None)
    assert sender_of("bot\nu") == sender_of("bot\nu") != sender_of("bot\nv")


def test_without_a_secret_only_this_machine_is_answered(front):
    assert said(front(HERE).post(PATH, json=sample()))
    assert said(front(("::1", 1)).post(PATH, json=sample()))
    assert front(("203.0.113.5", 1)).post(PATH, json=sample()).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"x-forwarded-for": "203.0.113.5"}, {"x-forwarded-for": "127.0.0.1"}, {"via": "1.1 proxy"}, {"x-real-ip": "127.0.0.1"}],
)
def test_a_proxy_nobody_named_is_not_this_machine(front, headers):
    assert front(HERE).post(PATH, json=sample(), headers=headers).status_code == 403


def test_a_named_proxy_tells_who_it_is(front):
    client = front(HERE, trusted_proxies=["127.0.0.1"])
    assert client.post(PATH, json=sample(), headers={"x-forwarded-for": "203.0.113.5"}).status_code == 403
    assert said(client.post(PATH, json=sample(), headers={"x-forwarded-for": "127.0.0.1"}))


SECRET = "0123456789abcdef0123456789abcdef"


def test_with_a_secret_everybody_needs_it(front, upstream, monkeypatch):
    monkeypatch.setenv("DAEDAP_KAKAO_SECRET", SECRET)
    kakao, here = front(("203.0.113.5", 1)), front(HERE)
    assert said(kakao.post(PATH, json=sample(), headers={"X-Daedap-Secret": SECRET}))
    assert said(here.post(PATH, json=sample(), headers={"X-Daedap-Secret": SECRET}))
    asked = len(upstream.said)
    for wrong in ({}, {"X-Daedap-Secret": ""}, {"X-Daedap-Secret": SECRET[:-1]}, {"X-Daedap-Secret": SECRET + "0"}):
        assert here.post(PATH, json=sample(), headers=wrong).status_code == 403
    assert here.post(PATH, json=sample(), headers={b"X-Daedap-Secret": "비밀".encode()}).status_code == 403
    assert len(upstream.said) == asked


def test_guessing_the_secret_is_slowed_down(front, monkeypatch):
    monkeypatch.setenv("DAEDAP_KAKAO_SECRET", SECRET)
    client = front(("203.0.113.5", 1))
    statuses = [client.post(PATH, json={}, headers={"X-Daedap-Secret": str(number)}).status_code for number in range(12)]
    assert statuses == [403] * 10 + [429] * 2
    assert said(client.post(PATH, json=sample(), headers={"X-Daedap-Secret": SECRET}))


def test_many_customers_come_from_one_address(front):
    client = front(HERE, per_address_per_minute=3)
    for number in range(10):
        assert said(client.post(PATH, json=changed("userRequest.user.id", f"u{number}")))


def test_one_customer_is_limited_with_a_sentence(front, upstream, tmp_path, monkeypatch):
    (tmp_path / "daedap.toml").write_text("[kakao]\nper_user_per_minute = 2\n", encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(tmp_path / "daedap.toml"))
    client = front(HERE)
    texts_said = [said(client.post(PATH, json=sample()))[0] for _ in range(3)]
    assert texts_said[2] == texts.TOO_MANY.format(seconds=30)
    assert len(upstream.said) == 2


def test_other_ways_in_are_closed(front):
    client = front(HERE)
    assert client.get(PATH).status_code == 404
    assert client.post("/webhooks/kakao/").status_code == 404
    assert client.post(PATH, json=sample(), headers={"Origin": "https://evil.example"}).status_code == 403


def test_the_front_s_address_stands_in_links(front):
    response = front(HERE, public_url="https://bot.example.com").post(PATH, json=sample())
    address = response.json()["template"]["outputs"][1]["textCard"]["buttons"][0]["webLinkUrl"]
    assert address.startswith("https://bot.example.com/documents/")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("answer_within_s = 5", "answer_within_s is 5"),
        ("answer_within_s = '4'", "answer_within_s"),
        ("callback_within_s = 60", "callback_within_s is 60"),
        ("per_user_per_minute = 0", "per_user_per_minute"),
        ("keep_days = true", "keep_days"),
        ("secret = 'x'", "DAEDAP_KAKAO_SECRET"),
        ("colour = 1", "unknown kakao setting 'colour'"),
    ],
)
def test_wrong_settings_are_named(tmp_path, table, message):
    (tmp_path / "d.toml").write_text(f"[kakao]\n{table}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        KakaoConfig.load(tmp_path / "d.toml", {})


def test_settings_are_read(tmp_path):
    (tmp_path / "d.toml").write_text("[kakao]\nanswer_within_s = 3.5\nkeep_days = 2\n[web]\nport = 1\n", encoding="utf-8")
    environment = {"DAEDAP_KAKAO_SECRET": " s ", "DAEDAP_KAKAO_CALLBACK_HOSTS": "127.0.0.1:8099"}
    config = KakaoConfig.load(tmp_path / "d.toml", environment)
    assert (config.answer_within_s, config.keep_days, config.secret) == (3.5, 2, "s")
    assert config.callback_hosts.entries == ("127.0.0.1:8099",)
    assert "s'" not in repr(config)


def test_a_secret_that_fits_no_header_is_refused():
    with pytest.raises(ValueError, match="DAEDAP_KAKAO_SECRET"):
        KakaoConfig(secret="비밀")
