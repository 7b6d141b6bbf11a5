import importlib.util
from pathlib import Path

import pytest

from nlu.pretraining.prepare import PrepareConfig, prepare

_spec = importlib.util.spec_from_file_location("corpus_fixture", Path(__file__).with_name("corpus_fixture.py"))
corpus_fixture = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(corpus_fixture)

CONFIG = PrepareConfig(vocabulary_size=160, articles_per_shard=40, validation_share=8, min_tokens=20)


@pytest.fixture(scope="session")
def texts(tmp_path_factory) -> Path:
    return corpus_fixture.write(tmp_path_factory.mktemp("texts") / "articles.txt")


@pytest.fixture(scope="session")
def corpus(texts, tmp_path_factory) -> Path:
    return prepare([texts], tmp_path_factory.mktemp("packed"), CONFIG, processes=1)
