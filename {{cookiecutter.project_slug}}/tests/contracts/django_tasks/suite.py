"""Django's test modules, loaded from their folder and run by unittest."""

import sys
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.test import SimpleTestCase

from framework.tasks.models import QueuePause, Task

#: The name the modules have in Django's repository, which some tests spell out.
PACKAGE: Final = "tasks"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of each test; a name is ``module.Class.test``."""

    passed: frozenset[str]
    #: The others, each with its traceback or the reason it was skipped for.
    others: dict[str, str]


def run(folder: Path) -> Outcome:
    """Run every test of ``folder`` on the test database, with the backends as they are now."""
    result = _Result()
    with _loaded(folder) as modules:
        suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromModule, modules))
        tests = list(_flat(suite))
        for test in tests:
            if isinstance(test, SimpleTestCase):
                # Django's backends need no database, and so their tests are not granted one.
                type(test).databases = {DEFAULT_DB_ALIAS}
        suite.run(result)
    unexpected = [(test, "passed, though Django expects a failure") for test in result.unexpectedSuccesses]
    others = {_name(test): text for test, text in [*result.failures, *result.errors, *result.skipped, *unexpected]}
    return Outcome(passed=frozenset(map(_name, tests)) - others.keys(), others=others)


class _Result(unittest.TestResult):
    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        """Let no test see what the one before it left in the queue."""
        Task.objects.all().delete()
        QueuePause.objects.all().delete()
        super().startTest(test)


@contextmanager
def _loaded(folder: Path) -> Iterator[list[ModuleType]]:
    """Yield the modules of ``folder``, imported anew, so that they see the backends as they are now."""
    spec = spec_from_file_location(PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    package = sys.modules[PACKAGE] = module_from_spec(spec)
    try:
        spec.loader.exec_module(package)
        yield [import_module(f"{PACKAGE}.{path.stem}") for path in sorted(folder.glob("test_*.py"))]
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def _flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from _flat(each)
        else:
            yield each


def _name(test: Any) -> str:
    """Return the name of a test, or of the test that a subtest belongs to."""
    whole: str = getattr(test, "test_case", test).id()
    return whole.removeprefix(f"{PACKAGE}.")
