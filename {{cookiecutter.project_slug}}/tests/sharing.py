"""How processes of pytest-xdist share the tests: each takes the next one, but some tests go to one of them.

Its own groups, by a mark, need a pytest before 9.2.
"""

from xdist.scheduler.loadscope import LoadScopeScheduling


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist carries no types
    """Keeps together what is better not done twice at a time.

    A test that kills a dozen processes and starts them again, again and again, leaves no other such test the time to
    get anywhere; RabbitMQ takes longer to start than the tests that share one.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/chaos/"):
            return "chaos"
        return "rabbitmq" if "rabbitmq" in nodeid else nodeid
