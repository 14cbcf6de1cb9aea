"""Registration with Django."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_delete, post_save
from django.utils.module_loading import autodiscover_modules


class FeaturesConfig(AppConfig):
    """The table of switched flags; flags are declared in the module ``flags`` of each application."""

    name = "framework.features"
    label = "features"
    verbose_name = "Feature flags"

    def ready(self) -> None:
        """Find the declared flags, and see at once what this process switches itself."""
        from . import maintenance  # noqa: F401 - declares a flag
        from .checks import check_expiry, check_names, check_switches
        from .snapshot import forget_on_commit

        autodiscover_modules("flags")
        register(check_expiry)
        register(check_names)
        register(check_switches, Tags.database)
        model = self.get_model("FlagSwitch")
        for changed in (post_save, post_delete):
            changed.connect(forget_on_commit, sender=model, dispatch_uid="framework.features.snapshot")
