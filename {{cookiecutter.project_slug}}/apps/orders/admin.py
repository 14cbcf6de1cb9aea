"""Orders in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from .models import Order, Step
from .tasks import resend_receipt


class StepInline(TabularInline):
    """What was observed of an order; nobody writes history by hand."""

    model = Step
    fields = ("name", "at", "took_ms", "detail", "pid")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """Steps are only ever observed."""
        return False


@admin.register(Order)
class OrderAdmin(ModelAdmin):
    """Lists orders; what was agreed with the customer cannot be changed."""

    list_display = ("public_id", "product", "quantity", "total", "email", "status", "placed_at", "receipt_sent_at")
    list_filter = ("status", "product")
    search_fields = ("public_id", "email", "request_id")
    date_hierarchy = "placed_at"
    readonly_fields: ClassVar = [field.name for field in Order._meta.fields]
    inlines: ClassVar = [StepInline]
    actions: ClassVar = ["send_receipt_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders come from customers."""
        return False

    @admin.action(description="Send the receipt again")
    def send_receipt_again(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Send one task for each chosen order."""
        chosen = list(queryset.values_list("pk", flat=True))
        for order_id in chosen:
            resend_receipt.send(order_id)
        self.message_user(request, f"On their way: {len(chosen)}.")
