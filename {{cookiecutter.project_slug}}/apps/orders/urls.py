"""Addresses of the orders application."""

from django.urls import path

from . import stream, views

app_name = "orders"
urlpatterns = [
    path("", views.home, name="home"),
    path("orders/<uuid:public_id>/", views.detail, name="detail"),
    path("orders/<uuid:public_id>/steps", stream.steps, name="steps"),
]
