"""A process of a site that uses Redis, and a broker that it may share; it prints what it found there before.

``python -m tests.contracts.neighbour [clear]``
"""

import json
import os
import sys

import django
import dramatiq


def main() -> None:
    """Look, then leave something."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.cache import cache, caches

    from framework.ratelimit import check_rate
    from framework.tasks.brokers.durable import DurableBroker

    broker = dramatiq.get_broker()
    assert isinstance(broker, DurableBroker)
    assert broker.needs_relay
    queue = "default"
    broker.declare_queue(queue)
    found = {
        "value": cache.get("key"),
        "in the tier": caches["redis"].get("key"),
        "messages": broker.depth(queue),
        "requests left": check_rate("visitor", "9/d").remaining,
    }
    cache.set("key", "value")
    caches["redis"].set("key", "value")
    broker.publish([dramatiq.Message(queue_name=queue, actor_name="nobody", args=(), kwargs={}, options={})])
    if "clear" in sys.argv:
        cache.clear()
    # What a process has sent is counted once it has arrived.
    broker.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
