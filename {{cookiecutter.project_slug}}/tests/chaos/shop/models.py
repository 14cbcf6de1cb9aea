"""What was ordered and what happened because of it; nothing here is unique, so that doubles can be counted."""

from typing import ClassVar

from django.db import models


class Order(models.Model):
    """One committed transaction of a producer."""

    key = models.CharField(max_length=32)
    #: Of the code that placed it.
    release = models.SmallIntegerField(default=1)
    objects: ClassVar[models.Manager["Order"]] = models.Manager()

    class Meta:
        db_table = "chaos_order"

    def __str__(self) -> str:
        return self.key


class Effect(models.Model):
    """One thing that a task did for the order ``key``."""

    key = models.CharField(max_length=32)
    kind = models.CharField(max_length=20)
    objects: ClassVar[models.Manager["Effect"]] = models.Manager()

    class Meta:
        db_table = "chaos_effect"

    def __str__(self) -> str:
        return f"{self.kind} of {self.key}"
