"""The flags in templates: load ``flags``, then ``if request|flag:"new_checkout"``."""

from django import template
from django.http import HttpRequest

from framework.features.evaluation import flag_is_active

register = template.Library()


@register.filter
def flag(request: HttpRequest, name: str) -> bool:
    """Tell whether the flag ``name`` is active for ``request``."""
    return flag_is_active(name, request)
