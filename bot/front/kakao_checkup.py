"""What `daedap doctor` finds out about KakaoTalk: the secret, the callback hosts, the kept answers, the skill's address."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from bot.doctor import Finding, State, route
from bot.front.config import EXAMPLES, FrontConfig
from bot.front.kakao import FILE, PATH
from bot.front.kakao_config import HOSTS, MIN_SECRET_CHARACTERS, SECRET, KakaoConfig
from bot.front.kakao_store import KakaoStore

WHAT = "카카오톡"
HOW = "docs/channels/kakao.md에 처음부터 끝까지 적혀 있어요."


def kakao(config: FrontConfig, environment: Mapping[str, str]) -> Finding:
    """The first thing that is wrong, or where Kakao is to send what is said."""
    found = KakaoConfig.load(environment=environment)
    path = config.conversations.with_name(FILE)
    try:
        if path.exists():
            KakaoStore(path, found.keep_days).close()
    except sqlite3.Error as error:
        advice = f"{path} 파일과 폴더에 쓸 수 있는지 봐 주세요. 망가졌으면 지우면 새로 만들어요."
        return Finding(WHAT, State.BROKEN, str(error), advice)
    if found.secret is None:
        advice = f"쓰시려면 {SECRET}을 환경 변수로 정해 주세요(openssl rand -hex 32). {HOW}"
        return Finding(WHAT, State.NOTE, "이 컴퓨터에서 온 요청에만 답해요.", advice)
    if found.secret.lower().startswith(EXAMPLES) or len(found.secret) < MIN_SECRET_CHARACTERS:
        advice = f"{SECRET}을 새로 만들어 주세요: openssl rand -hex 32. 오픈빌더의 스킬 머리글도 같이 바꿔야 해요."
        return Finding(WHAT, State.BROKEN, "비밀 값이 짧거나 예시에 적힌 값이에요.", advice)
    if found.callback_hosts.has_loopback:
        advice = f"시험이 끝났으면 {HOSTS}를 지워 주세요. 없으면 카카오의 주소만 불러요."
        return Finding(WHAT, State.NOTE, "콜백을 이 컴퓨터의 주소로 보낼 수 있어요.", advice)
    if not config.is_secure:
        advice = f"[web]의 public_url을 https 주소로 정해 주세요. 출처 카드의 링크에 쓰여요. {HOW}"
        return Finding(WHAT, State.NOTE, "손님이 보는 주소가 정해지지 않았어요.", advice)
    return route(WHAT, "스킬 주소", f"{config.public_url}{PATH}")
