"""The live page: the order form, the sales summary and the way an order takes."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from .forms import OrderForm
from .models import Order
from .presentation import rows
from .services import place_order
from .summary import read_summary
from .timeline import missing, observe


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the form; place the order that was posted."""
    form = OrderForm(request.POST) if request.method == "POST" else OrderForm.filled_in()
    if form.is_bound and form.is_valid():
        return _placed(request, form.cleaned_data)
    return _page(request, form=form, status=422 if form.is_bound else 200)


@never_cache
@require_safe
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the way of one order as far as it got; a reload shows more."""
    order = get_object_or_404(Order, public_id=public_id)
    return _page(request, form=OrderForm.filled_in(), order=order)


def _placed(request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
    order = place_order(
        product=data["product"],
        quantity=data["quantity"],
        email=data["email"],
        # Set by middleware that can be switched off.
        request_id=getattr(request, "id", ""),
        requested_at=getattr(request, "started_at", None),
    )
    page = reverse("orders:detail", args=[order.public_id])
    if request.accepts("text/html"):
        return redirect(page)
    return JsonResponse({"page": page, "steps": reverse("orders:steps", args=[order.public_id])}, status=201)


def _page(request: HttpRequest, *, form: OrderForm, order: Order | None = None, status: int = 200) -> HttpResponse:
    # Read first: for an order whose cache entry was invalidated this is the next read.
    reading = read_summary()
    observations = observe(order) if order else []
    context = {
        "form": form,
        "order": order,
        "reading": reading,
        "rows": rows(observations),
        "total_ms": observations[-1].ms if observations else None,
        "complete": bool(order) and not missing(observations),
    }
    return render(request, "orders/live.html", context, status=status)
