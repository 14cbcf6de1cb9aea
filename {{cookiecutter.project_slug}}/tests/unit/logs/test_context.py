"""What every line of a request says about where it comes from."""

import asyncio
import contextvars
from collections.abc import Generator

import pytest

from framework.logs import bind_context, bound_context, bound_user, clear_context, current_context


def test_bound_values_last_for_the_block_and_then_what_was_there_before_is_back() -> None:
    with bound_context(request_id="outer", user_id="7"):
        with bound_context(request_id="inner"):
            assert current_context() == {"request_id": "inner", "user_id": "7"}
        assert current_context() == {"request_id": "outer", "user_id": "7"}


def test_a_block_that_raises_leaves_nothing_behind() -> None:
    before = current_context()

    with pytest.raises(ZeroDivisionError), bound_context(request_id="r"):
        _ = 1 / 0

    assert current_context() == before


def test_the_context_handed_out_is_a_copy() -> None:
    with bound_context(request_id="r"):
        current_context()["request_id"] = "changed"

        assert current_context() == {"request_id": "r"}


def test_clearing_forgets_everything() -> None:
    def bind_and_clear() -> dict[str, str]:
        bind_context(request_id="r")
        clear_context()
        return current_context()

    assert contextvars.Context().run(bind_and_clear) == {}


async def test_asyncio_tasks_do_not_see_each_others_context() -> None:
    async def serve(request_id: str) -> dict[str, str]:
        with bound_context(request_id=request_id):
            await asyncio.sleep(0)
            return current_context()

    first, second = await asyncio.gather(serve("a"), serve("b"))

    assert (first, second) == ({"request_id": "a"}, {"request_id": "b"})


def test_a_generator_may_be_closed_in_another_context() -> None:
    def lines() -> Generator[None]:
        with bound_context(request_id="r"), bound_user(lambda: "7"):
            yield

    generator = lines()
    contextvars.copy_context().run(next, generator)
    generator.close()

    assert current_context() == {}
