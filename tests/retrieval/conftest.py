"""Files of the bakery, another company than the demo's, and its index."""

from pathlib import Path

import pytest

from nlu.vectors import StaticVectors
from retrieval.building import build_index
from retrieval.index import VECTORS, Index

BAKERY = Path(__file__).resolve().parents[1] / "data" / "bakery"


@pytest.fixture(scope="session")
def vectors() -> StaticVectors:
    return StaticVectors.load(VECTORS)


@pytest.fixture(scope="session")
def bakery_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    build_index([BAKERY / "faq.csv"], [BAKERY / "manuals"], folder)
    return folder


@pytest.fixture(scope="session")
def bakery(bakery_folder, vectors) -> Index:
    return Index.load(bakery_folder, vectors)
