import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from bot.cli import app, print_json
from bot.settings import ROOT

DAEDAP = str(Path(sys.executable).parent / "daedap")


def commands(command, path=()):
    """`(path, command)` of every command without subcommands."""
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))
    else:
        yield path, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_the_commands_of_the_project_are_there():
    names = {" ".join(path) for path in COMMANDS}
    assert names >= {
        "chat", "ask", "index", "search", "read", "serve", "train nlu", "train reader",
        "evaluate reader", "evaluate faq", "evaluate passages", "evaluate nlu",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(path):
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert re.search(rf"daedap {' '.join(path)}\b", result.output.split("Usage:")[1].split("\n", 1)[1]), result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", "반품?", "--index", "no/such/index"], "daedap index"),
        (["chat", "--index", "no/such/index"], "daedap index"),
        (["chat", "--faq", "no-such.csv"], "no-such.csv"),
    ],
)
def test_errors_are_one_sentence_without_a_traceback(arguments, message, built):
    run = subprocess.run([DAEDAP, *arguments], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert run.returncode == 1
    assert run.stderr.startswith("daedap: ")
    assert message in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


def test_json_is_one_document_in_korean_even_with_odd_text(capfdbinary):
    print_json({"답": "반품 \ud83d", "path": Path("a")})
    out = capfdbinary.readouterr().out
    assert out == '{"답": "반품 ?", "path": "a"}\n'.encode()
    assert json.loads(out) == {"답": "반품 ?", "path": "a"}
