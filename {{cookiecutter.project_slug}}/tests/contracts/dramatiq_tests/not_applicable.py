"""Those of Dramatiq's tests that cannot apply to these brokers, each with its reason."""

from typing import Final

_IN_MEMORY: Final = "Looks into the queue in memory that a broker for tests has; here it is a table."
_PLACES: Final = "Expects Dramatiq's own middleware to be the first; a project's comes before it."

#: On each broker.
NOT_APPLICABLE: Final = {
    "test_actors.py::test_actors_can_be_sent_messages": _IN_MEMORY,
    "test_actors.py::test_currrent_message_middleware_exposes_the_current_message": (
        "Expects a message with no options; one that was handed over has some that fence it."
    ),
    "test_actors.py::test_messages_belonging_to_missing_actors_are_rejected": (
        "Expects a message that no worker knows to be refused; it waits for a day for one that does."
    ),
    "test_actors.py::test_worker_handles_non_numeric_eta_and_logs_warning": _IN_MEMORY,
    "test_actors.py::test_worker_handles_none_eta": _IN_MEMORY,
    "test_broker.py::test_broker_middleware_can_be_added_after_other_middleware": _PLACES,
    "test_broker.py::test_broker_middleware_can_be_added_before_other_middleware": _PLACES,
    "test_composition.py::test_groups_with_completion_callbacks_fail_unless_group_callbacks_is_set_up": (
        "Expects that callbacks of groups have to be set up; here they are."
    ),
    "test_messages.py::test_messageproxy_representation": (
        "Expects a message with no options; one that was handed over has some that fence it."
    ),
    "test_results.py::test_actors_results_are_backwards_compatible": (
        "Writes a result as Dramatiq 1 did; no row holds one."
    ),
    "test_stub_broker.py::test_stub_broker_can_be_flushed": _IN_MEMORY,
    "test_stub_broker.py::test_stub_broker_raises_queue_error_when_enqueueing_messages_on_undeclared_queues": (
        "Enqueues something that is no message."
    ),
}
_NO_DEAD_QUEUE: Final = "Looks for a dead message in a queue of the transport; here its row tells."
_AFTER_COMMIT: Final = "Looks into the transport right after `send()`; a row is carried there after its commit."
_CONSUMER: Final = "Replaces a method of a consumer that ours calls for several messages together."
#: Of the tests of one transport, and where transports differ.
OF_TRANSPORT: Final = {
    "database": {},
    "redis": {
        "test_redis.py::test_redis_consumer_ack_can_retry_on_connection_error": _CONSUMER,
        "test_redis.py::test_redis_consumer_nack_can_retry_on_connection_error": _CONSUMER,
        "test_redis.py::test_redis_join_race_condition": "Counts the questions of Dramatiq's `join()`.",
        "test_redis.py::test_redis_messages_belonging_to_missing_actors_are_rejected": (
            "Expects a message that no worker knows to be refused; it waits for a day for one that does."
        ),
        "test_redis.py::test_redis_messages_can_be_dead_lettered": _NO_DEAD_QUEUE,
        "test_redis.py::test_redis_requeues_unhandled_delay_messages_on_shutdown": _AFTER_COMMIT,
        "test_redis.py::test_redis_requeues_unhandled_messages_on_shutdown": _AFTER_COMMIT,
        "test_stub_broker.py::test_stub_broker_raises_queue_error_when_consuming_undeclared_queues": (
            "Expects what no transport of Dramatiq does, and neither does ours."
        ),
    },
    "rabbitmq": {
        "test_rabbitmq.py::test_rabbitmq_actors_can_have_retry_limits": _NO_DEAD_QUEUE,
        "test_rabbitmq.py::test_rabbitmq_broker_enqueueing_message_re_declares_queues_when_declared_queue_disappears": (
            _AFTER_COMMIT
        ),
        "test_rabbitmq.py::test_rabbitmq_broker_stops_retrying_declaring_queues_when_max_attempts_reached": (
            "Expects `send()` to ask RabbitMQ; it writes a row, also while RabbitMQ is away."
        ),
        "test_rabbitmq.py::test_rabbitmq_messages_belonging_to_missing_actors_are_rejected": (
            "Expects a message that no worker knows to be refused; it waits for a day for one that does."
        ),
        "test_stub_broker.py::test_stub_broker_raises_queue_error_when_consuming_undeclared_queues": (
            "Expects what no transport of Dramatiq does, and neither does ours."
        ),
    },
}
_QUICK: Final = "Gives a worker a few ms to fetch five messages, which takes as long as a database and a machine need."
_SECONDS: Final = "Expects something within a time, or two things in an order that their times give it."
_ELSEWHERE: Final = "Connects a broker of Dramatiq's own to a server at its usual port, if there is one."
#: What is not run: it depends on the machine and how busy that is, or waits for what never comes.
NOT_RUN: Final = {
    **dict.fromkeys(
        [
            "test_actors.py::test_actor_messages_can_be_assigned_time_limits",
            "test_actors.py::test_actors_can_be_assigned_time_limits",
            "test_actors.py::test_actors_can_delay_messages_independent_of_each_other",
            "test_composition.py::test_groups_completion_count_works_for_tasks_finishing_out_of_order",
            "test_composition.py::test_groups_execute_inner_groups",
            "test_composition.py::test_groups_execute_jobs_in_parallel",
            "test_composition.py::test_groups_expose_completion_stats",
            "test_composition.py::test_pipelines_expose_completion_stats",
            "test_messages.py::test_message_datetime",
            "test_rabbitmq.py::test_rabbitmq_actors_can_delay_messages_independent_of_each_other",
            "test_rabbitmq.py::test_rabbitmq_actors_retry_with_backoff_on_failure",
            "test_rabbitmq.py::test_rabbitmq_broker_can_join_with_timeout",
            "test_rabbitmq.py::test_rabbitmq_broker_consuming_messages_re_declares_queues_when_declared_queue_disappears",
            "test_redis.py::test_redis_actors_can_delay_messages_independent_of_each_other",
            "test_redis.py::test_redis_actors_retry_with_backoff_on_failure",
            "test_redis.py::test_redis_broker_can_join_with_timeout",
            "test_results.py::test_retrieving_a_result_can_raise_result_missing",
            "test_results.py::test_retrieving_a_result_can_time_out",
            "test_stub_broker.py::test_stub_broker_can_join_with_timeout",
        ],
        _SECONDS,
    ),
    "test_actors.py::test_actors_can_prioritize_work": (
        "Expects twenty messages to be fetched while the worker is paused; what is urgent is carried first as it comes."
    ),
    "test_rabbitmq.py::test_rabbitmq_broker_can_be_passed_a_list_of_parameters_for_failover": _ELSEWHERE,
    "test_rabbitmq.py::test_rabbitmq_broker_can_be_passed_a_list_of_uri_for_failover": _ELSEWHERE,
    "test_rabbitmq.py::test_rabbitmq_broker_can_be_passed_a_semicolon_separated_list_of_uris": _ELSEWHERE,
    "test_rabbitmq.py::test_rabbitmq_broker_connections_are_lazy": _ELSEWHERE,
    "test_rabbitmq.py::test_rabbitmq_broker_reconnects_after_enqueue_failure": (
        "Closes a connection of its thread, which is used for nothing and so is not opened again."
    ),
    "test_rabbitmq.py::test_rabbitmq_messages_that_failed_to_decode_are_rejected": (
        "Expects a message that one worker cannot decode to be dropped; its row is sent again, for another worker."
    ),
    "test_rabbitmq.py::test_rabbitmq_workers_handle_rabbit_failures_gracefully": "Stops the machine's RabbitMQ.",
    "test_redis.py::test_redis_broker_can_connect_via_client": _ELSEWHERE,
    "test_redis.py::test_redis_broker_can_connect_via_url": _ELSEWHERE,
    "test_redis.py::test_redis_dead_lettered_messages_are_cleaned_up": _NO_DEAD_QUEUE,
    "test_redis.py::test_redis_unacked_messages_can_be_requeued": (
        "Expects dead workers to be looked for by chance; here they are looked for by the clock."
    ),
    "test_stub_broker.py::test_stub_broker_respects_prefetch": _QUICK,
    "test_worker.py::test_workers_process_messages_in_order": _QUICK,
}
