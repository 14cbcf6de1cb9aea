"""Whatever tasks are given, return or raise, drawn at random: the others run once, and each tells how it ended."""

import asyncio
import datetime
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import dramatiq
import pytest
from django.db import transaction
from hypothesis import Phase, given, settings, strategies as st

from framework.errors import TaskError
from framework.logs import bound_context
from framework.tasks import TaskState
from framework.tasks.models import Task
from tests.contracts.conftest import System

INNOCENT = 20
EXAMPLES = 12
QUICK = {"min_backoff": 1, "max_backoff": 5}


class Mute(Exception):  # noqa: N818 - what it is for
    """Cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("no word")


@dataclass(frozen=True)
class Large:
    """A value that is too large to be shown: so many levels, or else so many characters."""

    levels: int = 0
    characters: int = 0

    def made(self) -> Any:
        """Return the value."""
        value: Any = [] if self.levels else "x" * self.characters
        for _ in range(self.levels):
            value = [value]
        return value


def made(value: Any) -> Any:
    return value.made() if isinstance(value, Large) else value


# Half a pair of surrogates is what os.listdir() gives for a file name that is no text.
texts = (
    st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["a\0b", "caf\udce9.txt"])
    | st.just(9_000).map(lambda size: "x" * size)
)
#: Made anew each time: what is raised or returned keeps what it has met.
ODD: tuple[Callable[[], Any], ...] = (
    Mute,
    object,
    lambda: Decimal("0.1"),
    lambda: datetime.date(2024, 2, 29),
    lambda: {1, 2},
    lambda: 10**5_000,
)
STRAY: tuple[Callable[[], BaseException], ...] = (
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
    asyncio.CancelledError,
    lambda: ExceptionGroup("\0", [Mute()]),
)
ERRORS: tuple[Callable[[Any], BaseException], ...] = (
    ValueError,
    KeyError,
    OSError,
    Mute,
    MemoryError,
    RecursionError,
    StopIteration,
    TimeoutError,
)

leaves = (
    *(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.binary(max_size=5)),
    st.sampled_from(ODD).map(lambda make: make()),
)
values = st.recursive(
    st.one_of(leaves),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.integers(), inner, max_size=3),
    max_leaves=6,
)
long = st.builds(Large, characters=st.sampled_from([1_200_000, 2_000_000]))
large = long | st.builds(Large, levels=st.sampled_from([400, 600, 2_000, 100_000]))
exceptions = st.builds(lambda kind, text: kind(made(text)), st.sampled_from(ERRORS), texts | long)
exceptions |= st.sampled_from(STRAY).map(lambda make: make())
options = st.fixed_dictionaries(
    {"max_retries": st.integers(0, 2) | st.sampled_from([0, 1])},
    optional={
        "priority": st.integers(-40_000, 40_000) | st.one_of(leaves),
        "delay": st.integers(-5, 50),
        "time_limit": st.just(600_000),
        "max_age": st.just(600_000),
        "note": values,
        "on_success": st.just("follow"),
        "on_failure": st.just("follow"),
    },
)


@dataclass(frozen=True, kw_only=True)
class Guilty:
    """One task: what it is sent with, and what comes of it."""

    kind: str
    args: list[Any]
    options: dict[str, Any]
    context: Any
    result: Any = None
    exception: BaseException | None = None


guilty_ones = st.builds(
    Guilty,
    kind=st.sampled_from(["plain", "coroutine", "atomic", "atomic_coroutine"]),
    args=st.lists(values | large, max_size=2),
    options=options,
    context=values,
    result=values | large,
    exception=st.none() | exceptions,
)


@dataclass(kw_only=True)
class Stage:
    """The actors, and what they have done."""

    system: System
    plans: list[Guilty] = field(default_factory=list)
    ran: Counter[str] = field(default_factory=Counter)
    actors: dict[str, Any] = field(default_factory=dict)

    def declare(self) -> None:
        """Declare all actors; what a guilty one does is planned."""

        def misbehave(number: int, *args: Any) -> Any:
            plan = self.plans[number]
            if plan.exception is not None:
                raise plan.exception
            return made(plan.result)

        async def misbehave_later(number: int, *args: Any) -> Any:
            # Waits for nothing: lets the event loop take a turn, as any await does.
            await asyncio.sleep(0)
            return misbehave(number, *args)

        def follow(message: Any, outcome: Any) -> None:
            self.ran.update(["follow"])

        def note(name: str) -> None:
            self.ran.update([name])

        async def note_later(name: str) -> None:
            note(name)

        declared: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
            "plain": (misbehave, QUICK),
            "coroutine": (misbehave_later, QUICK),
            "atomic": (misbehave, {"atomic": True, **QUICK}),
            "atomic_coroutine": (misbehave_later, {"atomic": True, **QUICK}),
            "follow": (follow, {}),
            "innocent": (note, {}),
            "innocent_coroutine": (note_later, {}),
        }
        for name, (function, options) in declared.items():
            self.actors[name] = self.system.actor(function, actor_name=name, **options)

    def play(self, guilty: Guilty) -> None:
        """Send ``guilty`` in the middle of others, and look what became of all."""
        innocent = [self.innocent(number) for number in range(INNOCENT // 2)]
        sent = self.send(guilty)
        innocent += [self.innocent(number) for number in range(INNOCENT // 2, INNOCENT)]

        rows = self.system.settled(*innocent)

        assert {(row.state, row.attempts) for row in rows} == {(TaskState.DONE, 1)}
        assert all(self.ran[f"{len(self.plans)}.{number}"] == 1 for number in range(INNOCENT))
        if sent is not None:
            [row] = self.system.settled(sent)
            self.judge(guilty, row)

    def innocent(self, number: int) -> dramatiq.Message[Any]:
        """Send a task that notes that it ran."""
        actor = self.actors["innocent_coroutine" if number % 4 == 0 else "innocent"]
        message: dramatiq.Message[Any] = actor.send(f"{len(self.plans) + (number < INNOCENT // 2)}.{number}")
        return message

    def send(self, guilty: Guilty) -> dramatiq.Message[Any] | None:
        """Send ``guilty``, or return nothing if that was refused, with a sentence and at nobody's cost."""
        self.plans.append(guilty)
        message = self.actors[guilty.kind].message_with_options(
            args=(len(self.plans) - 1, *map(made, guilty.args)),
            **{name: guilty.options[name] for name in guilty.options.keys() - {"delay"}},
        )
        with transaction.atomic(), bound_context(odd=guilty.context):
            try:
                self.system.broker.enqueue(message, delay=guilty.options.get("delay"))
            except TaskError as error:
                refused = str(error)
            else:
                refused = ""
            # The transaction goes on.
            assert Task.objects.filter(id=message.message_id).exists() == (not refused)
        return None if refused else message

    @staticmethod
    def judge(guilty: Guilty, row: Task) -> None:
        """Look whether ``row`` tells what was wrong with its task, within its own attempts."""
        assert row.attempts <= guilty.options["max_retries"] + 1
        names = [error["type"].rpartition(".")[2] for error in row.errors]
        if guilty.exception is None:
            refused = {"FollowUpError"} if "on_success" in guilty.options else set()
            assert row.state == TaskState.DONE or (row.state == TaskState.DEAD and {*names} == refused)
            return
        assert row.state == TaskState.DEAD
        assert row.attempts == guilty.options["max_retries"] + 1
        assert len(names) == row.attempts
        assert {*names} == {told(guilty)}


def told(guilty: Guilty) -> str:
    """Return the name of the exception that leaves the actor; StopIteration cannot leave a coroutine (PEP 479)."""
    is_replaced = "coroutine" in guilty.kind and isinstance(guilty.exception, StopIteration)
    return "RuntimeError" if is_replaced else type(guilty.exception).__name__


# The threads of a worker draw their pauses while an example is drawn.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.random
def test_whatever_one_task_does_the_others_run_once(system: System) -> None:
    stage = Stage(system=system)
    stage.declare()
    system.start()

    # To look for a smaller one would be to wait again and again for what never comes.
    @settings(max_examples=EXAMPLES, phases=[Phase.generate])
    @given(guilty=guilty_ones)
    def play(guilty: Guilty) -> None:
        stage.play(guilty)

    play()
