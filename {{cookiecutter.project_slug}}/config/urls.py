"""Where each address leads."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from framework.console.csp_reports import csp_reports
from framework.console.operations import operations
from framework.features import urls_of_app  # only: example_app=orders

urlpatterns = [
    path("csp-reports", csp_reports, name="csp_reports"),
    path("admin/operations/", admin.site.admin_view(operations), name="operations"),
    path("admin/", admin.site.urls),
    *urls_of_app("apps.orders"),  # only: example_app=orders
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
