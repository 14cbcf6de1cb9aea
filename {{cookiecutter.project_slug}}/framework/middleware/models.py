"""A permission without a table."""

from typing import ClassVar

from django.db import models


class ServerTiming(models.Model):
    """What ``Server-Timing`` tells about a request; nothing is stored."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions: ClassVar = [("view_server_timing", "Can see where the time of a request went")]

    def __str__(self) -> str:
        return "Server-Timing"
