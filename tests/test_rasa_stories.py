"""Rasa's own test of the conversation stories, as in the documentation: `rasa test core --stories tests`."""

import subprocess
import sys

import pytest

from bot.servers import rasa_model_file
from bot.settings import ROOT


@pytest.mark.slow
def test_rasa_predicts_every_story_rightly(built, tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "test", "core", "--stories", "tests", "--fail-on-prediction-errors"]
    command += ["--model", str(rasa_model_file(built.rasa_model)), "--out", str(tmp_path / "results"), "--no-plot"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "Finished collecting predictions" in run.stdout + run.stderr
    failed = (tmp_path / "results" / "failed_test_stories.yml").read_text(encoding="utf-8")
    assert "None of the test stories failed" in failed
