"""Files of the bakery, another company than the demo's, and its index."""

from pathlib import Path

import pytest

from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from retrieval.building import build_index
from retrieval.index import Index

BAKERY = Path(__file__).resolve().parents[1] / "data" / "bakery"


@pytest.fixture(scope="session")
def vectors() -> StaticVectors:
    return load_vectors()


@pytest.fixture(scope="session")
def bakery_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    build_index([BAKERY / "faq.csv"], [BAKERY / "manuals"], folder)
    return folder


@pytest.fixture(scope="session")
def bakery(bakery_folder, vectors) -> Index:
    return Index.load(bakery_folder, vectors)
