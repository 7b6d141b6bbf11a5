"""schemathesis over the description that is served: nothing of what it makes up leads to a 5xx or an undescribed answer."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from bot.front.app import create_app
from bot.front.config import FrontConfig

from .conftest import StandInUpstream


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    config = FrontConfig(conversations=folder / "web.db", per_address_per_minute=1_000_000, per_user_per_minute=1_000_000)
    return create_app(config, StandInUpstream())


@pytest.fixture(scope="module")
def described(app):
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_call_is_answered_as_described(case):
    case.call_and_validate(checks=[not_a_server_error, status_code_conformance, response_schema_conformance])
