"""What is needed to serve, looked at piece by piece, with what to do where something is missing."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bot.front.config import FrontConfig
from bot.settings import ROOT, Settings, config_file

PROBE_TIMEOUT_S = 3.0
NOT_REACHED = "봇이 켜져 있는지, 프록시가 이 주소를 여기로 넘기는지 봐 주세요. 이 컴퓨터에서만 안 닿는 주소면 그대로 두셔도 돼요."
ENVIRONMENT_VARIABLE = re.compile(r"\$\{(\w+)\}")


class State(str, Enum):
    """`NOTE` is something that may be left as it is."""

    FINE = "fine"
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do about it."""

    what: str
    state: State
    said: str
    advice: str = ""


def examine(settings: Settings, config: FrontConfig, environment: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Findings one by one; a part that cannot even be looked at is broken, and the others are looked at all the same."""
    environment = os.environ if environment is None else environment
    parts: dict[str, Callable[[], Finding]] = {
        "대화 모델": lambda: rasa_model(settings),
        "색인": lambda: index(settings),
        "독해 모델": lambda: reader(settings),
        "데이터베이스": lambda: database(settings),
        "대화 보관": lambda: conversations(config),
        "문": lambda: door(config),
        "스튜디오": lambda: studio(config),
        "프록시": lambda: proxy(config),
        "공개 주소": lambda: public_address(config),
        "상담원": lambda: people(settings, environment),
        "카카오톡": lambda: kakao(config, environment),
        "슬랙": lambda: slack(config, environment),
    }
    for what, look in parts.items():
        yield _looked(what, look)
    for channel in config.webhooks:
        yield _looked(f"채널 {channel}", lambda channel=channel: webhook(channel, environment))


def configured(environment: Mapping[str, str] | None = None) -> tuple[Settings, FrontConfig, Finding]:
    """What is configured, and how that is; where it cannot be read the defaults stand in, so that the rest is looked at."""
    problems, settings, config = [], Settings(), FrontConfig()
    try:
        settings = Settings.load(environment=environment)
    except (ValueError, OSError) as error:
        problems.append(str(error))
    try:
        config = FrontConfig.load(environment=environment)
    except (ValueError, OSError) as error:
        problems.append(str(error))
    file = config_file(environment=environment)
    if not problems:
        return settings, config, Finding("설정", State.FINE, str(file))
    advice = f"{file}과 환경 변수를 고쳐 주세요. 아래는 고치기 전이라 기본 설정으로 본 거예요."
    return settings, config, Finding("설정", State.BROKEN, " / ".join(dict.fromkeys(problems)), advice)


def rasa_model(settings: Settings) -> Finding:
    from bot.servers import rasa_model_file

    return Finding("대화 모델", State.FINE, rasa_model_file(settings.rasa_model).name)


def index(settings: Settings) -> Finding:
    from retrieval.index import Index

    loaded = Index.load(settings.index, settings.vectors or None)
    return Finding("색인", State.FINE, f"버전 {loaded.version}, FAQ {len(loaded.entries)}개, 문단 {len(loaded.passages)}개")


def reader(settings: Settings) -> Finding:
    from mrc.reader import Reader

    Reader.load(settings.reader, threads=1)
    return Finding("독해 모델", State.FINE, settings.reader.name)


def database(settings: Settings) -> Finding:
    from bot.journal import Journal
    from bot.storage.kept_rows import KeptRows
    from bot.storage.outbox import kept_file

    journal, file = Journal(settings.database_url), kept_file(settings.database_url)
    said = f"답하지 못한 질문 {len(journal.unanswered(limit=10_000))}개"
    if not file.exists():
        return Finding("데이터베이스", State.FINE, said)
    rows = KeptRows(file)
    waiting, refused = rows.count(), len(rows.refused())
    rows.close()
    if refused:
        advice = f"{file}의 refused 표에 왜 받지 않았는지 있어요."
        return Finding("데이터베이스", State.BROKEN, f"{said}, 받지 않은 행 {refused}개", advice)
    if waiting:
        return Finding("데이터베이스", State.NOTE, f"{said}, 쓰기를 기다리는 행 {waiting}개", "봇이 켜져 있으면 곧 쓰여요.")
    return Finding("데이터베이스", State.FINE, said)


def conversations(config: FrontConfig) -> Finding:
    from bot.front.conversations import Conversations

    try:
        Conversations(config.conversations).close()
    except sqlite3.Error as error:
        advice = f"{config.conversations} 파일과 폴더에 쓸 수 있는지 봐 주세요. 망가졌으면 지우면 새로 만들어요."
        return Finding("대화 보관", State.BROKEN, str(error), advice)
    return Finding("대화 보관", State.FINE, str(config.conversations))


def door(config: FrontConfig) -> Finding:
    """Whether a front answers at the address, or may be started there."""
    import requests

    host = "127.0.0.1" if config.host in ("0.0.0.0", "::", "") else config.host
    address = f"http://{host}:{config.port}"
    with socket.socket() as probe:
        probe.settimeout(PROBE_TIMEOUT_S)
        if probe.connect_ex((host, config.port)):
            return Finding("문", State.NOTE, f"{address}에 켜진 서버가 없어요.", "daedap serve 명령으로 켜 주세요.")
    try:
        with requests.Session() as session:
            session.trust_env = False
            parts = session.get(f"{address}/readyz", timeout=PROBE_TIMEOUT_S).json()["parts"]
    except (requests.RequestException, ValueError, KeyError, TypeError):
        advice = f"다른 프로그램이 {config.port} 포트를 쓰고 있어요. --port로 다른 포트를 정해 주세요."
        return Finding("문", State.BROKEN, f"{address}에서 대답이 아닌 것이 답해요.", advice)
    missing = [name for name, is_ready in parts.items() if not is_ready]
    if missing:
        return Finding("문", State.BROKEN, f"준비되지 않은 것: {', '.join(missing)}", ".daedap/logs의 기록을 봐 주세요.")
    return Finding("문", State.FINE, f"{address}에서 답하고 있어요.")


def studio(config: FrontConfig) -> Finding:
    if config.has_studio:
        return Finding("스튜디오", State.FINE, "열려 있어요: /studio")
    advice = (
        "쓰시려면 DAEDAP_SESSION_SECRET(openssl rand -hex 32)과 "
        "DAEDAP_STUDIO_PASSWORD_HASH(daedap password)를 환경 변수로 정해 주세요."
    )
    return Finding("스튜디오", State.NOTE, "닫혀 있어요.", advice)


def proxy(config: FrontConfig) -> Finding:
    """Whether what customers see, and who is believed about them, fit together."""
    is_open = config.host not in ("127.0.0.1", "::1", "localhost")
    if is_open and not config.is_secure:
        advice = "앞에 TLS를 맡는 nginx를 두고 public_url을 https로 정해 주세요. docs/channels/web.md에 예시가 있어요."
        return Finding("프록시", State.NOTE, "밖에 열려 있는데 https가 아니에요.", advice)
    if config.public_url and not config.trusted_proxies:
        advice = "[web]의 trusted_proxies에 프록시의 주소를 적어 주세요. 없으면 모든 손님이 한 사람으로 세어져요."
        return Finding("프록시", State.NOTE, "믿는 프록시가 없어요.", advice)
    return Finding("프록시", State.FINE, config.public_url or "이 컴퓨터 안에서만 들어요.")


def public_address(config: FrontConfig) -> Finding:
    """Whether this front answers at the address customers see."""
    from bot.front import reachability

    what, url = "공개 주소", config.public_url
    if url is None:
        return Finding(what, State.NOTE, "정해지지 않았어요.", "밖에서 쓰시려면 [web]의 public_url을 정해 주세요.")
    came = reachability.look(url)
    if came.is_ours:
        return Finding(what, State.FINE, f"{url}에서 답하고 있어요.")
    return Finding(what, State.NOTE, f"{url}에 닿지 않아요: {came.failure or f'상태 {came.status}'}", NOT_REACHED)


def people(settings: Settings, environment: Mapping[str, str]) -> Finding:
    """Whether people can take over."""
    from bot.handover.checkup import people as looked_at

    return looked_at(settings, environment)


def kakao(config: FrontConfig, environment: Mapping[str, str]) -> Finding:
    """Whether KakaoTalk's skill server is open, and to whom (see `bot.front.kakao_checkup`)."""
    from bot.front import kakao_checkup

    return kakao_checkup.kakao(config, environment)


def route(what: str, name: str, address: str) -> Finding:
    """Whether the address that a platform is to call leads to this front, and lets no stranger in."""
    from bot.front import reachability

    came = reachability.knock(address)
    if came.refused:
        return Finding(what, State.FINE, f"{name}: {address}")
    if came.status == 200:
        advice = "지금의 환경 변수로 봇을 다시 켜 주세요. 앞의 프록시가 대신 답하지는 않는지도 봐 주세요."
        return Finding(what, State.BROKEN, f"{name} {address}가 비밀 값이 없는 요청에도 답해요.", advice)
    return Finding(what, State.NOTE, f"{name} {address}에 닿지 않아요: {came.failure or f'상태 {came.status}'}", NOT_REACHED)


def slack(config: FrontConfig, environment: Mapping[str, str]) -> Finding:
    """Whether Slack lets the bot in, and where it is to send what is said (see `bot.front.slack_checkup`)."""
    from bot.front import slack_checkup

    return slack_checkup.slack(config, environment)


def webhook(channel: str, environment: Mapping[str, str], credentials: Path = ROOT / "credentials.yml") -> Finding:
    """Whether Rasa serves the channel, and its secrets are set."""
    import ruamel.yaml

    what = f"채널 {channel}"
    plain = ruamel.yaml.YAML(typ="base")  # everything as text: Rasa teaches the others to put variables in
    known = plain.load(credentials.read_text(encoding="utf-8")) or {}
    found = {name: values for name, values in known.items() if channel in re.split(r"[._]", name.lower())}
    if not found:
        advice = f"credentials.yml에 {channel} 채널을 적거나 [web]의 webhooks에서 빼 주세요."
        return Finding(what, State.BROKEN, "credentials.yml에 없어요.", advice)
    wanted = ENVIRONMENT_VARIABLE.findall(str(found))
    missing = [name for name in wanted if not environment.get(name)]
    if missing:
        advice = "채널의 관리 화면에서 받은 값을 환경 변수로 정해 주세요."
        return Finding(what, State.BROKEN, f"환경 변수가 없어요: {', '.join(missing)}", advice)
    return Finding(what, State.FINE, "설정돼 있어요.")


def _looked(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # whatever is wrong with a part is what the doctor is there to say
        return Finding(what, State.BROKEN, str(error) or type(error).__name__, "위에 적힌 명령으로 만들거나 설정을 고쳐 주세요.")
