"""``limit="10/m"`` and ``concurrency=2`` of actors."""

from contextvars import ContextVar
from typing import Any

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware, SkipMessage

from framework.tasks.options import generation_of

#: False while a test runs everything that is due, however fast.
enforced: ContextVar[bool] = ContextVar("limits_enforced", default=True)


class Throttling(Middleware):
    """Puts a task back that would run too soon or beside too many others; the attempt does not count."""

    @property
    def actor_options(self) -> set[str]:
        """The options actors may set."""
        return {"limit", "concurrency"}

    def before_declare_actor(self, broker: Broker, actor: Any) -> None:
        """Tell of a limit that cannot be read where it is declared. Raises :class:`LimitError`."""
        from framework.tasks.limits import limits_of

        limits_of(actor)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Go on, or put the task back."""
        generation, actor = generation_of(message), broker.actors.get(message.actor_name)
        if generation is None or actor is None or actor.options.keys().isdisjoint(self.actor_options):
            return
        if not enforced.get():
            return
        from framework.tasks.limits import limits_of
        from framework.tasks.throttle import start_within_limits

        limits = limits_of(actor)
        if limits and (wait := start_within_limits(actor.actor_name, limits, message.message_id, generation)):
            raise SkipMessage(f"{message.actor_name} is at its limit; waits for {wait.total_seconds():.1f} s")
