"""A file of actors that was written for plain Dramatiq runs here as it is."""

import http.server
import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from dramatiq import group, pipeline
from dramatiq.results import ResultFailure, ResultMissing, ResultTimeout

from framework.tasks import TaskState
from framework.tasks.models import Task
from tests.contracts.conftest import System, until

FILE = Path(__file__).with_name("documented_actors.py")


@pytest.fixture
def actors(system: System, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the file for the broker under test, and start a worker."""
    monkeypatch.setenv("RATE_LIMITS_URL", redis_url)
    specification = importlib.util.spec_from_file_location("documented_actors", FILE)
    assert specification is not None
    assert specification.loader is not None
    module: ModuleType = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    system.start()
    yield module
    for limiter in (module.mutex, module.window):
        module.backend.client.delete(*module.backend.client.keys(f"*{limiter.key}*") or ["none"])
    module.backend.client.close()


@pytest.fixture
def page() -> Iterator[str]:
    """Serve a page of four words."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"four words of text")

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_results(actors: Any, page: str) -> None:
    assert actors.count_words.send(page).get_result(block=True) == 4
    assert actors.double.send(21).get_result(block=True) == 42
    assert actors.Greeter.send("Ada").get_result(block=True) == "Hello Ada"

    message = actors.introspective.send()
    assert message.get_result(block=True) == message.message_id


def test_retries(system: System, actors: Any) -> None:
    [task] = system.settled(actors.fragile.send(3))

    assert (task.state, task.attempts) == (TaskState.DONE, 3)


def test_errors_that_no_retry_would_mend(system: System, actors: Any) -> None:
    [task] = system.settled(actors.strict.send("nowhere"))

    assert (task.state, task.attempts, actors.seen) == (TaskState.DEAD, 1, ["nowhere"])


def test_a_function_that_decides_on_retries(system: System, actors: Any) -> None:
    [task] = system.settled(actors.picky.send())

    assert (task.state, actors.seen) == (TaskState.DEAD, ["picky", "picky"])


def test_an_actor_that_asks_to_be_tried_again(system: System, actors: Any) -> None:
    [task] = system.settled(actors.polite.send())

    assert (task.state, actors.seen) == (TaskState.DONE, ["polite", "polite"])


def test_message_age(system: System, actors: Any) -> None:
    in_time = actors.fresh.send()
    too_late = actors.fresh.send_with_options(max_age=1, delay=100)

    [task, old] = system.settled(in_time, too_late)

    assert (task.state, old.state, actors.seen) == (TaskState.DONE, TaskState.DEAD, ["fresh"])
    assert "age limit" in old.errors[-1]["message"]


def test_time_limits(system: System, actors: Any) -> None:
    [task] = system.settled(actors.endless.send())

    assert (task.state, actors.seen) == (TaskState.DEAD, ["cleaned up"])
    assert task.errors[-1]["type"].endswith("TimeLimitExceeded")


def test_shutdown_notifications(system: System, actors: Any) -> None:
    message = actors.interruptible.send()
    until(lambda: actors.seen == ["begun"])
    assert system.worker is not None

    system.worker.stop(timeout=300_000)

    until(lambda: actors.seen == ["begun", "interrupted"])
    until(lambda: Task.objects.get(id=message.message_id).state == TaskState.PENDING)


def test_a_failure_as_a_result(actors: Any) -> None:
    message = actors.strict.send_with_options(args=("nowhere",), store_results=True)

    with pytest.raises(ResultFailure, match="nowhere"):
        message.get_result(block=True)


def test_results_that_are_not_there_yet(actors: Any) -> None:
    message = actors.add.send_with_options(args=(1, 2), delay=60_000)

    with pytest.raises(ResultMissing):
        message.get_result()
    with pytest.raises(ResultTimeout):
        message.get_result(block=True, timeout=100)


def test_a_middleware_of_ones_own(system: System, actors: Any) -> None:
    system.broker.add_middleware(actors.ReportErrors())

    [task] = system.settled(actors.strict.send("nowhere"))

    assert actors.seen == ["nowhere", ("reported", "InvalidUrlError")]
    assert task.state == TaskState.DEAD


def test_priorities_and_delays(system: System, actors: Any) -> None:
    later = actors.show.send_with_options(args=("later",), delay=400)
    messages = [actors.relaxed.send(), actors.urgent.send(), actors.show.send("now")]

    system.settled(later, *messages)

    assert sorted(actors.seen[:3]) == ["now", "relaxed", "urgent"]
    assert actors.seen[3] == "later"


def test_pipelines(actors: Any) -> None:
    piped = actors.add.message(1, 2) | actors.add.message(3) | actors.add.message(4)
    assert piped.run().get_result(block=True, timeout=300_000) == 10

    pipeline([actors.add.message(1, 1), actors.show.message_with_options(args=("alone",), pipe_ignore=True)]).run()
    until(lambda: actors.seen == ["alone"])


def test_a_link_that_ignores_the_one_before_it_passes_on_its_own_result(actors: Any) -> None:
    ignoring = actors.add.message_with_options(args=(20, 1), pipe_ignore=True)
    piped = actors.add.message(1, 1) | ignoring | actors.add.message(100)

    assert piped.run().get_result(block=True, timeout=300_000) == 121


def test_groups(actors: Any) -> None:
    together = group([actors.add.message(number, 1) for number in range(5)])
    together.add_completion_callback(actors.show.message("complete"))

    together.run()

    assert sorted(together.get_results(block=True, timeout=300_000)) == [1, 2, 3, 4, 5]
    until(lambda: actors.seen == ["complete"])


def test_a_group_of_pipelines(actors: Any) -> None:
    chains = [actors.add.message(number, 1) | actors.double.message() for number in range(3)]

    together = group(chains).run()

    assert sorted(together.get_results(block=True, timeout=300_000)) == [2, 4, 6]


def test_a_group_in_a_group_that_is_waited_for(actors: Any) -> None:
    inner = group([actors.add.message(1, 1), actors.add.message(2, 2)])
    outer = group([inner, actors.double.message(4)]).run(delay=50)

    outer.wait(timeout=300_000)

    assert outer.completed
    assert outer.completed_count == 2
    assert list(outer.get_results()) == [[2, 4], 8]


def test_a_pipeline_with_pauses_and_all_its_results(actors: Any) -> None:
    chain = pipeline([actors.add.message(1, 2), actors.double.message_with_options(delay=50)]).run(delay=50)

    assert list(chain.get_results(block=True, timeout=300_000)) == [3, 6]
    assert (chain.completed, chain.completed_count) == (True, 2)


def test_callbacks(system: System, actors: Any) -> None:
    actors.add.send_with_options(args=(1, 2), on_success=actors.succeeded, on_failure=actors.failed)
    actors.strict.send_with_options(args=("nowhere",), on_success=actors.succeeded, on_failure=actors.failed)

    until(lambda: len(actors.seen) == 3)

    assert ("add", 3) in actors.seen
    assert any(entry[0] == "strict" and entry[1].endswith("InvalidUrlError") for entry in actors.seen)


def test_a_mutex(system: System, actors: Any) -> None:
    system.settled(*[actors.exclusive.send(number) for number in range(4)])

    entered = [number for step, number in actors.seen if step == "in"]
    assert actors.seen == [(step, number) for number in entered for step in ("in", "out")]
    assert sorted(entered) == [0, 1, 2, 3]


def test_a_window(system: System, actors: Any) -> None:
    system.settled(*[actors.rationed.send() for _ in range(3)])

    assert sorted(actors.seen) == [False, True, True]


def test_a_barrier(system: System, actors: Any) -> None:
    name = f"documented-barrier-{system.broker.__class__.__name__}"

    system.settled(*[actors.gather.send(name, 3) for _ in range(3)])

    assert actors.seen == ["all here"]
