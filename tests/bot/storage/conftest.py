import pytest


@pytest.fixture
def database_url(tmp_path):
    """A new, empty database."""
    return f"sqlite:///{tmp_path / 'daedap.db'}"
