"""Where each address leads."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("apps.orders.urls")),  # only: example_app=orders
    path("", RedirectView.as_view(pattern_name="admin:index")),  # only: example_app=none
]
