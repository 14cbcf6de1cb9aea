"""Where each address leads."""

from django.contrib import admin
from django.urls import path
from django.urls.conf import include  # only: example_app=orders
from django.views.generic import RedirectView  # only: example_app=none

from framework.console.csp_reports import csp_reports
from framework.console.operations import operations

urlpatterns = [
    path("csp-reports", csp_reports, name="csp_reports"),
    path("admin/operations/", admin.site.admin_view(operations), name="operations"),
    path("admin/", admin.site.urls),
    path("", include("apps.orders.urls")),  # only: example_app=orders
    path("", RedirectView.as_view(pattern_name="admin:index")),  # only: example_app=none
]
