"""The typer application and its entry point."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
from pathlib import Path

import typer

from bot.masking import log_masked
from bot.settings import adopt_folder, stay_offline

app = typer.Typer(
    name="daedap",
    help="대답(daedap): FAQ와 설명서를 보고 한국어로 답하는 고객 상담 봇",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
GROUPS = {
    "train": typer.Typer(help="모델을 학습해요. 예: daedap train nlu", no_args_is_help=True),
    "evaluate": typer.Typer(help="얼마나 잘하는지 재요. 예: daedap evaluate faq --queries queries.csv", no_args_is_help=True),
}
ORDER = ("init", "chat", "test", "ask", "index", "faq", "manuals", "search", "read", "serve")
"""The order of the commands in the help; other modules follow by name."""


@app.callback()
def options(
    verbose: bool = typer.Option(False, "--verbose", "-v", help="진행 기록을 표준 오류로 더 자세히 보여 줘요."),
) -> None:
    log_masked(logging.INFO if verbose else logging.WARNING)


def register_commands() -> None:
    """Add the command of every module of this package."""
    here = str(Path(__file__).parent)
    found = {module.name for module in pkgutil.iter_modules([here])} - {"application", "output"}
    for name in sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)):
        importlib.import_module(f"bot.cli.{name}").register(GROUPS.get(name.split("_")[0], app))
    for name, group in GROUPS.items():
        app.add_typer(group, name=name)


register_commands()


def main() -> None:
    """Entry point of the console script: errors become one sentence and an exit code."""
    stay_offline()
    adopt_folder()
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except ModuleNotFoundError as error:
        _fail(f"파이썬 패키지 {error.name}이(가) 없어요. {_install_command(error.name or '')} 명령으로 설치해 주세요.")
    except (ValueError, OSError, RuntimeError) as error:
        if logging.getLogger().isEnabledFor(logging.INFO):
            logging.getLogger(__name__).exception("command failed")
        _fail(str(error) or type(error).__name__)


def _install_command(package: str) -> str:
    group = {"faiss": "cpu", "torch": "train", "transformers": "train", "onnx": "train", "sentence_transformers": "train"}
    wanted = group.get(package.partition(".")[0])
    return f"uv sync --group {wanted}" if wanted else "uv sync"


def _fail(message: str) -> None:
    print(f"daedap: {message}", file=sys.stderr)
    raise SystemExit(1)
