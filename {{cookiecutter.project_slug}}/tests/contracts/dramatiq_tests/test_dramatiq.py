"""Plain Dramatiq code is the interface: the brokers are what Dramatiq's own tests expect."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dramatiq
import dramatiq.results.backend
import pytest

from framework.tasks.brokers.durable import DurableBroker
from framework.tasks.brokers.rabbitmq import RabbitmqOutboxBroker
from tests.contracts.conftest import running
from tests.contracts.source import DRAMATIQ
from tests.patience import PATIENCE_SECONDS
from tests.servers import RabbitMQ

from .fixtures import Fixtures
from .not_applicable import NOT_APPLICABLE, NOT_RUN, OF_TRANSPORT
from .stand_in import joined

PACKAGE = "of_dramatiq"
#: Its tests of one transport.
OF_TRANSPORTS = {"redis": "test_redis.py", "rabbitmq": "test_rabbitmq.py"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a package of Dramatiq's tests, with what its sdist leaves out."""
    package = tmp_path / PACKAGE
    package.mkdir()
    # pytest puts the parent of a package there.
    monkeypatch.syspath_prepend(tmp_path)
    (package / "__init__.py").touch()
    shutil.copy(Path(__file__).with_name("common.py"), package)
    for name in DRAMATIQ.needed:
        shutil.copy(DRAMATIQ.tests() / name, package)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def how_to_make(
    kind_of_broker: tuple[type[DurableBroker], dict[str, Any]], tmp_path: Path
) -> Iterator[tuple[type[DurableBroker], dict[str, Any]]]:
    """Return each broker's class in turn, with what it is made with."""
    of_broker, options = kind_of_broker
    if not issubclass(of_broker, RabbitmqOutboxBroker):
        yield of_broker, options
        return
    # Queues with priorities: on one server none of the same name can be declared without them, or these after those.
    with running(RabbitMQ, tmp_path / "rabbitmq") as url:
        yield of_broker, options | {"url": url, "max_priority": 10}


def test_each_of_dramatiqs_tests_passes_or_is_listed(
    request: pytest.FixtureRequest,
    folder: Path,
    how_to_make: tuple[type[DurableBroker], dict[str, Any]],
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind = request.node.callspec.params["kind_of_broker"]
    monkeypatch.setattr(dramatiq.results.backend, "DEFAULT_TIMEOUT", int(PATIENCE_SECONDS * 1000))
    not_run = [option for name in NOT_RUN for option in ("--deselect", f"{folder.name}/{name}")]
    of_others = {f"--ignore={folder / file}" for name, file in OF_TRANSPORTS.items() if name != kind}
    fixtures = Fixtures(make=lambda: joined(*how_to_make))

    before = dramatiq.get_broker()
    actors = dict(before.actors)

    told = ["-q", "-s", "-c", "/dev/null", "-W", "default", f"--rootdir={folder.parent}"]
    left_out = [
        option
        for name in ("asyncio", "django", "randomly", "xdist", "cacheprovider")
        for option in ("-p", f"no:{name}")
    ]
    pytest.main([*told, *left_out, *of_others, *not_run, str(folder)], plugins=[fixtures])

    assert dramatiq.get_broker() is before
    assert before.actors == actors
    listed = NOT_APPLICABLE | OF_TRANSPORT[kind]
    unlisted = [f"{name}\n{text}" for name, text in fixtures.others.items() if name not in listed]
    assert not unlisted, "\n".join(["neither passing nor listed:", *unlisted])
    assert sorted(listed.keys() - fixtures.others.keys()) == [], "listed, but passing or gone"


def test_what_is_not_run_is_there(folder: Path) -> None:
    for name in NOT_RUN:
        file, _, test = name.partition("::")

        assert f"\ndef {test}(" in (folder / file).read_text(encoding="utf-8"), name
