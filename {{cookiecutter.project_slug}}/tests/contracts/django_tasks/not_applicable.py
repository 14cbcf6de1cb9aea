"""Those of Django's tests that cannot apply to this queue, each with its reason; ``docs/tasks.md`` says the same."""

from typing import Final

NOT_APPLICABLE: Final = {
    "test_custom_backend.CustomBackendTestCase.test_backend_does_not_support_priority": (
        "Expects a backend without priorities; this one has them."
    ),
    "test_custom_backend.CustomBackendTestCase.test_no_enqueue": (
        "Expects a subclass to be without `enqueue()`; one of this backend inherits it."
    ),
    "test_dummy_backend.DummyBackendTestCase.test_check": (
        "Expects no warning where `QUEUES` is empty; this backend gives one, since no worker would know the queues."
    ),
    "test_dummy_backend.DummyBackendTestCase.test_refresh_result": (
        "Alters the stored result as an object in memory; here it is a row."
    ),
    "test_dummy_backend.DummyBackendTestCase.test_refresh_result_async": (
        "Alters the stored result as an object in memory; here it is a row."
    ),
    "test_immediate_backend.ImmediateBackendTestCase.test_cannot_get_result": (
        "Expects that results cannot be fetched; here they can."
    ),
    "test_immediate_backend.ImmediateBackendTestCase.test_cannot_pass_run_after": (
        "Expects that tasks cannot be deferred; here they can."
    ),
    "test_immediate_backend.ImmediateBackendTestCase.test_cannot_refresh_result": (
        "Expects that results cannot be refreshed; here they can."
    ),
    "test_immediate_backend.ImmediateBackendTestCase.test_throws_keyboard_interrupt": (
        "Expects the task's `KeyboardInterrupt` at the caller; a worker takes it for a failure of the task."
    ),
    "test_immediate_backend.ImmediateBackendTransactionTestCase.test_doesnt_wait_until_transaction_commit_by_default": (
        "Expects the task to have run before the commit; a worker is handed it after the commit."
    ),
    "test_tasks.TaskTestCase.test_refresh_result": (
        "Calls `refresh()` inside an event loop, where Django's ORM refuses; `await arefresh()` is for there."
    ),
}
