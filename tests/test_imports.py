"""Imports go one way: nlu <- retrieval, mrc <- nlu/components, bot; and serving needs no torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "nlu": {"nlu"},
    "retrieval": {"nlu", "retrieval"},
    "mrc": {"nlu", "mrc"},
    "nlu/components": {"nlu", "bot", "retrieval", "mrc"},
    "bot": {"nlu", "retrieval", "mrc", "bot"},
}
OWN = {"nlu", "retrieval", "mrc", "bot"}
MAY_IMPORT_RASA = {"nlu/components", "bot"}
TORCH = {"torch", "transformers", "sentence_transformers", "onnx", "onnxscript"}


def layer_of(path: Path) -> str:
    relative = path.relative_to(ROOT).as_posix()
    return "nlu/components" if relative.startswith("nlu/components/") else relative.split("/")[0]


def imported(tree: ast.AST) -> set[str]:
    """Full names of everything `tree` imports, at any depth."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    return names


SOURCES = sorted(path for folder in ("nlu", "retrieval", "mrc", "bot") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_go_one_way(path):
    layer = layer_of(path)
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    packages = {name.split(".")[0] for name in names}
    assert packages & OWN <= MAY_IMPORT[layer]
    if layer in ("nlu", "retrieval", "mrc"):
        assert not [name for name in names if name.startswith("nlu.components")]
    if layer not in MAY_IMPORT_RASA:
        assert not packages & {"rasa", "rasa_sdk"}


@pytest.mark.parametrize(
    "module", ["bot.cascade", "bot.cli", "bot.journal", "bot.servers", "mrc.reader", "retrieval.index", "nlu.tokenizer"]
)
def test_serving_imports_no_torch(module):
    code = f"import sys, {module}; print(sorted({TORCH!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert (run.returncode, run.stdout) == (0, "[]\n"), run.stderr


def test_the_command_line_starts_without_what_is_heavy():
    heavy = {"rasa", "tensorflow", "onnxruntime", "kiwipiepy", "faiss", "numpy", "sqlalchemy"}
    code = f"import sys, bot.cli; print(sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert run.stdout == "[]\n", run.stderr
