"""Views that nothing but the addresses imports."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from framework.features import requires_flag


@requires_flag("declared_nowhere")
def late(request: HttpRequest) -> HttpResponse:
    return HttpResponse("late")


urlpatterns = [path("late", late)]
