"""What the tour says about what it saw."""

from apps.orders.stages import STAGES
from apps.orders.tour import Visit, _judge


def seen(**changed: float) -> Visit:
    steps = [{"name": stage.name, "ms": changed.get(stage.name, float(at))} for at, stage in enumerate(STAGES)]
    return Visit(url="http://127.0.0.1", steps=steps, orders_before=1, orders_after=2)


def test_every_step_in_order_is_no_problem() -> None:
    assert _judge(seen(), 20) == []


def test_a_missing_step_is_named_with_a_hint() -> None:
    visit = seen()
    visit.steps = [step for step in visit.steps if step["name"] != "worker"]

    assert _judge(visit, 20) == ["worker: not seen within 20 s; is the worker running?"]


def test_steps_out_of_order_are_a_problem() -> None:
    [problem, *_] = _judge(seen(worker=500.0), 20)

    assert problem == "receipt: seen at 6.0 ms, before worker at 500.0 ms"


def test_a_summary_that_did_not_grow_is_a_problem() -> None:
    visit = seen()
    visit.orders_after = 1

    assert _judge(visit, 20) == ["The sales summary still shows 1 orders; it was not recomputed."]
