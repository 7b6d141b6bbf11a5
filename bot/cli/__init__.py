"""The command line `daedap`.

One module a command. `register(app)` of each module adds its command; modules called `train_…`
and `evaluate_…` are handed the sub-application of that name, all others the root. A module imports
what is heavy (Rasa, ONNX Runtime, torch) inside its command functions only.

Commands raise `ValueError`, `FileNotFoundError` and their kin; `main` turns them into one sentence
on stderr and exit code 1. With `--json` a command prints one JSON document through `print_json`.
"""

from bot.cli.application import app, main
from bot.cli.output import print_json

__all__ = ["app", "main", "print_json"]
