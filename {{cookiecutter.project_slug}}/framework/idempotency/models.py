"""The keys that were used, and what was answered."""

from typing import ClassVar

from django.db import models


class UsedKey(models.Model):
    """A key of somebody: held while its request is carried out, then with the response."""

    name = models.CharField(max_length=64, primary_key=True, help_text="Hash of the owner and the key.")
    owner = models.CharField(max_length=64, help_text="Hash of who sent it.")
    fingerprint = models.CharField(max_length=64, help_text="Hash of the method, the address and the body.")
    holder = models.UUIDField(help_text="The request that carries it out; another one writes nothing here.")
    held_until = models.DateTimeField(help_text="When the holder is taken for dead.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while it is carried out.")
    headers = models.JSONField(null=True, help_text="Names and values, cookies among them.")
    body = models.BinaryField(null=True, help_text="Empty where the response was too long to keep.")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["owner", "expires_at"], name="idempotency_of_owner")]

    def __str__(self) -> str:
        return f"{self.name} ({self.status or 'in flight'})"
