"""An environment with nothing set but what a test sets."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.conf import DjangoConfig, variables
from framework.errors import ConfigurationError

type Load = Callable[..., DjangoConfig]
type Problems = Callable[..., tuple[str, ...]]


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """Return where the ``.env`` file of the test is read from; it does not exist."""
    return tmp_path / ".env"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, env_file: Path) -> Load:
    """Return a function that loads the configuration from the given variables, and from ``env_file``."""
    known = {variable.name for variable in variables()}
    for name in [name for name in os.environ if name.upper() in known]:
        monkeypatch.delenv(name)

    def load(**environment: str) -> DjangoConfig:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return DjangoConfig.load(env_file)

    return load


@pytest.fixture
def problems(load: Load) -> Problems:
    """Return a function that loads a wrong configuration and returns what is said about it."""

    def problems(**environment: str) -> tuple[str, ...]:
        with pytest.raises(ConfigurationError) as caught:
            load(**environment)
        return caught.value.problems

    return problems
