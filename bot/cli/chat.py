"""`daedap chat`: the terminal chat with the servers it needs."""

from __future__ import annotations

import os
import signal
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from bot.servers import Servers
    from bot.settings import Settings


REST_PATH = "/webhooks/rest/webhook"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("chat")(chat)


def chat(
    faq: list[Path] | None = typer.Option(None, "--faq", help="내 FAQ 파일(CSV, XLSX). 여러 번 쓸 수 있어요."),
    manuals: list[Path] | None = typer.Option(None, "--manuals", help="내 설명서 폴더. 여러 번 쓸 수 있어요."),
    index: Path | None = typer.Option(None, "--index", help="이미 만든 색인 폴더."),
    port: int | None = typer.Option(None, "--port", help="대화 서버의 포트. 없으면 비어 있는 포트를 써요."),
    url: str | None = typer.Option(None, "--url", help="이미 켜 둔 서버(daedap serve)의 주소. 예: http://127.0.0.1:8080"),
) -> None:
    """터미널에서 봇과 대화해요. 필요한 서버를 켜고, 끝나면 함께 꺼요.

    예: daedap chat --faq my.csv --manuals my_folder
    """
    from rich.console import Console

    from bot.handover.config import HumanConfig
    from bot.own_sources import keep_index
    from bot.rest_client import RestClient
    from bot.servers import Servers
    from bot.settings import Settings

    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _leave)
    interrupts = Interrupts()
    signal.signal(signal.SIGINT, interrupts)
    console = Console(highlight=False, soft_wrap=True)
    sender = f"terminal-{uuid.uuid4().hex[:12]}"
    if url:
        from bot.terminal import TerminalChat

        TerminalChat(RestClient(f"{server_address(url)}{REST_PATH}", sender, fetches=True), console).run()
        return
    settings = Settings.load(index=index)
    if faq or manuals:
        leave_demo()
        settings = settings.replace(index=own_index(faq or [], manuals or [], settings, console))
    elif index is None:
        keep_index(settings, lambda line: console.print(line, style="dim", markup=False))
    check_built(settings)
    HumanConfig.load()  # what is wrong in it is said before anything starts
    with Servers(settings, rasa_port=port, logs=logs_of(settings)) as servers:
        wait_showing(servers, console)
        interrupts.raise_swallowed()
        from bot.terminal import TerminalChat

        client = RestClient(f"{servers.rasa_url}{REST_PATH}", sender, fetches=True)
        TerminalChat(client, console).run()


def logs_of(settings: Settings) -> Path:
    """Where the servers of a company's own folder write, or those of the project."""
    from bot.settings import BUILT

    return settings.index.parent / "logs" if settings.faq or settings.manuals else BUILT / "logs"


def leave_demo() -> None:
    """Let the demo company's configuration (its skills) not hold for another company's files."""
    from bot.settings import DEMO_CONFIG, config_file

    if config_file() == DEMO_CONFIG:
        os.environ["DAEDAP_CONFIG"] = os.devnull


def server_address(url: str) -> str:
    """The address of a running server, without what stands behind its port. ValueError where it is none."""
    from bot.message import is_web_address

    if not is_web_address(url):
        raise ValueError(f"--url {url}: 서버 주소가 아니에요. http://127.0.0.1:8080 처럼 적어 주세요.")
    return url.rstrip("/").removesuffix(REST_PATH)


def _leave(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


class Interrupts:
    """Handles Ctrl-C as Python does, and remembers it: what is raised inside a destructor or an import's callback is lost."""

    def __init__(self) -> None:
        self._came = False

    def __call__(self, signum: int, frame: object) -> None:
        self._came = True
        raise KeyboardInterrupt

    def raise_swallowed(self) -> None:
        """KeyboardInterrupt, where one came and the program goes on all the same."""
        if self._came:
            raise KeyboardInterrupt


def check_built(settings: Settings) -> None:
    """FileNotFoundError with the command that makes it, where the Rasa model or the index is missing.

    ValueError names what is wrong in the skills' configuration, before anything starts.
    """
    from bot.skills.config import SkillsConfig

    SkillsConfig.load()
    if not settings.rasa_model.exists():
        raise FileNotFoundError(f"대화 모델 {settings.rasa_model}이(가) 없어요. `daedap train nlu` 명령으로 만들어 주세요.")
    if not settings.index.exists():
        raise FileNotFoundError(
            f"색인 {settings.index}이(가) 없어요. "
            f"`daedap index --faq FILE --manuals DIR --out {settings.index}` 명령으로 만들어 주세요."
        )


def own_index(faq: list[Path], manuals: list[Path], settings: Settings, console: Console) -> Path:
    """The index over a company's own files, built in the cache folder unless it is there and fresh."""
    from bot.own_sources import fingerprint
    from bot.settings import BUILT
    from retrieval.building import build_index
    from retrieval.store import CURRENT

    folder = BUILT / "cache" / fingerprint(faq, manuals)
    if (folder / CURRENT).exists():  # a build that was stopped leaves a folder without it
        console.print(f"만들어 둔 색인을 써요: {folder}", style="dim")
        return folder
    console.print("FAQ와 설명서의 색인을 만들고 있어요 …", style="dim")
    folder.parent.mkdir(parents=True, exist_ok=True)
    summary = build_index(faq, manuals, folder, vectors=settings.vectors)
    for problem in summary.problems:
        console.print(f"! {problem}", style="yellow", markup=False)
    console.print(f"FAQ {summary.entries}개, 문단 {summary.passages}개를 읽었어요. ({summary.seconds:.1f}초)", style="dim")
    return folder


PARTS = "대화 서버(Rasa), 답변 서비스(색인과 독해 모델)"


def wait_showing(servers: Servers, console: Console) -> None:
    """Wait until the servers answer, showing what is loading and what is ready."""
    started = time.monotonic()
    console.print(f"대답을 준비하고 있어요: {PARTS}", style="dim")
    with console.status("불러오는 중 …"):
        servers.wait(on_ready=lambda name: console.print(f"  준비됨: {name} ({time.monotonic() - started:.1f}초)", style="dim"))
