"""An order, and the steps it was seen to take."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from .catalogue import Product


class Order(models.Model):
    """One product, bought by somebody with an e-mail address."""

    class Status(models.TextChoices):
        """How far an order is; it counts as a sale once its receipt went out."""

        PLACED = "placed"
        CONFIRMED = "confirmed"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    product = models.CharField(max_length=40, choices=Product)
    quantity = models.PositiveSmallIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    email = models.EmailField("e-mail address")
    status = models.CharField(max_length=20, choices=Status, default=Status.PLACED)
    request_id = models.CharField(max_length=200, blank=True, help_text="The request that placed it, as in the logs.")
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    receipt_sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-placed_at"]
        indexes: ClassVar = [models.Index(fields=["status"], name="order_status")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.get_product_display()} for {self.email}"


class Step(models.Model):
    """One step of an order, written by the code that took it, in the transaction it took it in."""

    class Name(models.TextChoices):
        """What writes a step; the rest of the timeline is read from the task's own row."""

        REQUEST = "request"
        TRANSACTION = "transaction"
        EVENT = "event"
        RECEIPT = "receipt"
        INVALIDATED = "invalidated"
        RECOMPUTED = "recomputed"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=20, choices=Name)
    at = models.DateTimeField(default=timezone.now)
    took_ms = models.FloatField(null=True, blank=True, help_text="How long it took, where it has a length.")
    detail = models.CharField(max_length=500, blank=True)
    pid = models.PositiveIntegerField(help_text="The process that took it.")

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "name"], name="order_step_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["name", "at"], name="order_step_recent")]

    def __str__(self) -> str:
        return f"{self.name} of order {self.order_id}"
