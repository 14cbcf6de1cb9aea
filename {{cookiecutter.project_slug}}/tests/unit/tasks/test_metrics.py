"""The queues as Prometheus gauges."""

import dramatiq
import pytest
from prometheus_client.parser import text_string_to_metric_families

from framework.tasks import pause, prometheus_metrics


@pytest.mark.django_db
def test_the_gauges_say_what_the_rows_say(broker: dramatiq.Broker) -> None:
    note = dramatiq.actor(actor_name="measured", queue_name="gauges")(lambda: None)
    for _ in range(3):
        note.send()
    pause("gauges")

    families = {family.name: family for family in text_string_to_metric_families(prometheus_metrics().decode())}

    found = [(sample.labels, sample.value) for sample in families["tasks"].samples]
    assert found == [({"queue": "gauges", "state": "pending"}, 3.0)]
    assert [sample.value for sample in families["tasks_queue_paused"].samples] == [1.0]
    assert families["tasks_oldest_pending_seconds"].samples[0].value >= 0
    assert families["tasks_worker_threads"].samples == []
