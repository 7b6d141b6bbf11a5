"""Tests that take `database_url` run over SQLite and, where it is installed, over a real PostgreSQL."""

import itertools

import pytest

from .postgres_server import Postgres, find_programs

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL."""
    if find_programs() is None:
        pytest.skip("PostgreSQL is not installed here (apt-get install postgresql)")
    server = Postgres()
    yield server.start()
    server.remove()


@pytest.fixture
def postgres_url(postgres):
    """A new, empty database of a real PostgreSQL."""
    return postgres.create(f"test_{next(_numbers)}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request, tmp_path):
    """A new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'daedap.db'}"
    return request.getfixturevalue("postgres_url")
