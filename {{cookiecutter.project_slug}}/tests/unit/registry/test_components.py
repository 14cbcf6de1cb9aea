"""The components themselves."""

import inspect
import json
import os
import subprocess
import sys
from types import ModuleType

import pytest

import framework.errors
from framework import cache, conf, features, logs, middleware, registry, services, signals, tasks
from framework.conf.environment import ROOT
from framework.exports import block_of, exports_of
from framework.registry import get_component, list_components, validate

DOORS = [cache, conf, features, logs, middleware, services, signals, tasks]


def run(code: str, **environment: str) -> str:
    """Run ``code`` in an interpreter of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


START = """
import os, sys
import django
django.setup()
from django.core.checks import run_checks
run_checks()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_process_that_starts_loads_no_client_of_what_it_does_not_use() -> None:
    embedded = {"DATABASE_URL": "", "REDIS_URL": "", "BROKER_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"}

    loaded = set(run(START, **embedded).split())

    assert "django" in loaded
    assert loaded & {"httpx", "openfeature", "pika", "prometheus_client", "redis", "uvicorn"} == set()


def test_every_component_resolves() -> None:
    assert validate() == {}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: str(door.__name__))
def test_everything_a_package_offers_is_a_component(door: ModuleType) -> None:
    block = block_of(door)
    assert block is not None

    assert set(exports_of(block)) - set(list_components(door.__name__.rpartition(".")[2])) == set()


def test_every_error_of_the_framework_is_a_component() -> None:
    errors = {
        name
        for name, value in vars(framework.errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }

    assert errors == set(list_components("errors"))


def test_every_class_and_function_is_documented() -> None:
    components = {name: get_component(name) for name in list_components()}

    assert [
        name
        for name, component in components.items()
        if (inspect.isclass(component) or inspect.isroutine(component)) and not inspect.getdoc(component)
    ] == []


def test_the_names_people_know_are_there() -> None:
    from framework.registry import DjangoConfig, DjangoTelegram, get_logger

    assert (DjangoConfig.__module__, DjangoTelegram.__module__, get_logger.__module__) == (
        "framework.conf.config",
        "framework.services.telegram",
        "framework.logs.loggers",
    )


def test_importing_the_registry_brings_no_django_and_two_modules() -> None:
    code = """
import json, sys, framework
before = set(sys.modules)
import framework.registry
print(json.dumps([name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names]))
"""

    assert sorted(json.loads(run(code))) == ["framework.lazy", "framework.registry"]


@pytest.mark.parametrize("settings", ["", "config.settings"])
def test_every_component_resolves_before_django_is_set_up(settings: str) -> None:
    code = "import json; from framework.registry import validate; print(json.dumps(validate()))"

    assert json.loads(run(code, DJANGO_SETTINGS_MODULE=settings)) == {}


def test_listing_loads_nothing() -> None:
    code = """
import sys
from framework.registry import list_components
print(len(list_components()) > 80, [name for name in sys.modules if name.startswith("django")])
"""

    assert run(code).strip() == "True []"


def test_star_import_brings_every_component() -> None:
    code = """
import django
django.setup()
namespace = {}
exec("from framework.registry import *", namespace)
from framework.registry import list_components
print(set(list_components()) - set(namespace))
"""

    assert run(code, DJANGO_SETTINGS_MODULE="config.settings").strip() == "set()"


def test_the_registry_names_itself() -> None:
    assert {"list_components", "get_component", "ComponentNotFoundError"} <= set(list_components("registry"))
    assert set(dir(registry)) >= set(list_components())
