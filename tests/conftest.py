"""Shared by all tests: everything stays offline, and what slow tests need has been built."""

import os

import pytest

from bot.settings import OFFLINE, Settings

os.environ.update(OFFLINE)


@pytest.fixture(scope="session")
def built() -> Settings:
    """The settings of the demo; its Rasa model and index must be there (`make built`)."""
    settings = Settings.load()
    if not list(settings.rasa_model.glob("*.tar.gz")) or not settings.index.is_dir():
        pytest.fail("the demo's Rasa model or index is missing: run `make built`")
    return settings
