"""An agent and a customer of KakaoTalk, over the database: his words come on the customer's next turn."""

import time

import pytest

from bot.channels import kakao_texts as texts
from bot.front.kakao import PATH, sender_of
from bot.front.kakao_handover import NoHumans, humans_of
from bot.handover.queue import Handovers
from bot.handover.summary import Summary
from bot.message import Message
from bot.storage.database import open_database

SENDER = sender_of("bot\nu")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'j.db'}"


@pytest.fixture
def queue(url):
    return Handovers(open_database(url))


@pytest.fixture
def staffed(tmp_path, monkeypatch):
    (tmp_path / "daedap.toml").write_text("[human]\n", encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(tmp_path / "daedap.toml"))
    monkeypatch.delenv("DAEDAP_KAKAO_SECRET", raising=False)


@pytest.fixture
def says(front, upstream, staffed):
    """Says `text` as the customer; the texts and the labels of the response."""
    client = front(("127.0.0.1", 1))
    upstream.replies = (Message("네, 연결해 드릴게요."),)

    def say(text, **extra):
        body = {"userRequest": {"utterance": text, "user": {"id": "u"}}, "bot": {"id": "bot"}, "action": {"clientExtra": extra}}
        template = client.post(PATH, json=body).json()["template"]
        said = [output["simpleText"]["text"] for output in template["outputs"]]
        return "\n\n".join(said), [reply["label"] for reply in template.get("quickReplies", ())]

    return say


def talk(queue):
    number = queue.open(SENDER, "kakao", Summary("상담원 바꿔줘"))[0].id
    return number


def test_a_conversation_with_an_agent(says, upstream, queue):
    number = talk(queue)
    assert says("상담원 바꿔줘") == (f"네, 연결해 드릴게요.\n\n{texts.NO_FIRST_WORD}", ["답변 보기"])
    upstream.replies = ()
    assert says("계세요?") == (texts.HANDED_ON, ["답변 보기"])
    assert says("답변 보기", show="answers") == (texts.NO_AGENT_YET, ["답변 보기"])
    queue.take(number, "김상담")
    queue.say(number, "김상담", "무엇을 도와드릴까요?")
    heard, labels = says("답변 보기", show="answers")
    assert (heard.endswith("상담원: 무엇을 도와드릴까요?"), labels) == (True, ["답변 보기"])
    assert "김상담" in heard.split("\n\n")[0]
    assert says("환불이요") == (texts.HANDED_ON, ["답변 보기"])
    queue.say(number, "김상담", "처리했어요.")
    queue.hand_back(number, "김상담")
    upstream.replies = (Message("천만에요."),)
    heard, labels = says("고마워요")
    assert heard.startswith("상담원: 처리했어요.") and heard.endswith("천만에요.") and labels == []


def test_words_are_marked_as_delivered_once_they_are_kept(says, queue):
    number = talk(queue)
    queue.take(number, "김상담")
    queue.say(number, "김상담", "네.")
    says("답변 보기", show="answers")
    ends = time.monotonic() + 10
    while queue.deliveries.undelivered(recipient=SENDER) and time.monotonic() < ends:
        time.sleep(0.02)
    assert queue.deliveries.undelivered(recipient=SENDER) == []


def test_without_agents_nothing_is_looked_up(url, tmp_path, monkeypatch):
    (tmp_path / "daedap.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(tmp_path / "daedap.toml"))
    assert isinstance(humans_of(url), NoHumans)
