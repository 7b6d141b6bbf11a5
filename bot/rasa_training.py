"""Training of the Rasa model, without TensorFlow where `config.yml` needs none.

The model's name is fixed, so that a new one replaces the old one; Rasa's cache makes a second
training of unchanged data quick.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from pathlib import Path

from bot.settings import BUILT, ROOT, stay_offline
from bot.without_tensorflow import components_of_config, leave_out, needs_tensorflow

CACHE = BUILT / "cache" / "rasa"
"""Where Rasa keeps what each component learnt, so that unchanged ones are not trained again."""


def train(out: Path, name: str, *, root: Path = ROOT, force: bool = False) -> Path:
    """The file of the model trained from the files below `root`. RuntimeError where Rasa refuses.

    What Rasa prints goes to stderr. Paths in `config.yml` are relative to `root`.
    """
    stay_offline()
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(CACHE))
    prepare_process(root)
    import rasa.model_training
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with working_directory(root), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(sys.stderr):
            result = rasa.model_training.train(
                domain=str(root / "domain.yml"),
                config=str(root / "config.yml"),
                training_files=str(root / "data" / "rasa"),
                output=str(out),
                fixed_model_name=name,
                force_training=force,
            )
    if result.code != 0 or not result.model:
        raise RuntimeError(f"Rasa 학습이 끝나지 못했어요 (코드 {result.code}).")
    return Path(result.model)


def prepare_process(root: Path = ROOT) -> bool:
    """Leave TensorFlow out of this process where `config.yml` needs none; True where it is left out."""
    import ruamel.yaml

    config = ruamel.yaml.YAML(typ="safe").load((root / "config.yml").read_text(encoding="utf-8"))
    return not needs_tensorflow(components_of_config(config)) and leave_out()


@contextlib.contextmanager
def working_directory(folder: Path):
    """Work in `folder` for a while."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
