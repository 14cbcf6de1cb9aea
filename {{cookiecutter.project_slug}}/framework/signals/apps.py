"""Registration with Django."""

from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules


class SignalsConfig(AppConfig):
    """Finds the receivers of all applications and watches the models they name."""

    name = "framework.signals"
    label = "signals"
    verbose_name = "Events"

    def ready(self) -> None:
        """Import every ``receivers`` module, then connect what they declared."""
        from .checks import check_receivers
        from .lifecycle import watch
        from .tasks import declare_queues

        autodiscover_modules("receivers")
        watch()
        declare_queues()
        register(check_receivers)
