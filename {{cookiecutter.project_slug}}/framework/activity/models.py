"""When somebody was last here."""

from django.conf import settings
from django.db import models


class Sighting(models.Model):
    """The last request of a user; ``last_login`` stays what it is."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="sighting",
        # One user who was deleted meanwhile must not keep the others of a lot from being written.
        db_constraint=False,
    )
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.seen_at:%Y-%m-%d %H:%M:%S}"
