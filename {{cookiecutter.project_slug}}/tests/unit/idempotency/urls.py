"""What may be sent again, for the tests."""

import threading
import time
from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from framework.idempotency import requires_idempotency_key

#: How many times each view was carried out.
carried_out: list[str] = []
#: What a slow view waits for.
go_on = threading.Event()


@csrf_exempt
def pay(request: HttpRequest) -> HttpResponse:
    carried_out.append("pay")
    response = HttpResponse(b"\x00\xffpaid " + request.body, status=201, content_type="application/x-receipt")
    response.headers["X-Number"] = str(len(carried_out))
    response.set_cookie("receipt", str(len(carried_out)), httponly=True)
    return response


@csrf_exempt
async def pay_async(request: HttpRequest) -> HttpResponse:
    carried_out.append("pay")
    return HttpResponse(f"paid {len(carried_out)}")


@csrf_exempt
def slow(request: HttpRequest) -> HttpResponse:
    carried_out.append("slow")
    go_on.wait(10)
    return HttpResponse("slow")


@csrf_exempt
def fails(request: HttpRequest) -> HttpResponse:
    carried_out.append("fails")
    if len(carried_out) == 1:
        raise ZeroDivisionError
    return HttpResponse("better")


@csrf_exempt
def status(request: HttpRequest, code: int) -> HttpResponse:
    carried_out.append("status")
    return HttpResponse("x", status=code)


@csrf_exempt
def long(request: HttpRequest) -> HttpResponse:
    carried_out.append("long")
    return HttpResponse(b"x" * 5_000)


@csrf_exempt
def stream(request: HttpRequest) -> StreamingHttpResponse:
    carried_out.append("stream")

    def parts() -> Iterator[bytes]:
        yield b"a"

    return StreamingHttpResponse(parts())


@csrf_exempt
@requires_idempotency_key
def strict(request: HttpRequest) -> HttpResponse:
    return HttpResponse("strict")


@csrf_exempt
@requires_idempotency_key
async def strict_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("strict")


@csrf_exempt
def mutating(request: HttpRequest) -> HttpResponse:
    carried_out.append("create")
    # Long enough for others to come in between.
    time.sleep(0.05)
    number = get_user_model().objects.filter(email__startswith="made-").count()
    get_user_model().objects.create(email=f"made-{number}@example.com")
    return HttpResponse(f"made {number}")


def protected(request: HttpRequest) -> HttpResponse:
    carried_out.append("protected")
    return HttpResponse("protected")


urlpatterns = [
    path("pay", pay),
    path("pay-async", pay_async),
    path("slow", slow),
    path("fails", fails),
    path("status/<int:code>", status),
    path("long", long),
    path("stream", stream),
    path("strict", strict),
    path("strict-async", strict_async),
    path("mutating", mutating),
    path("protected", protected),
]
