"""Headers that keep a page to itself, beside those of Django's own SecurityMiddleware and CSP."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csp import get_nonce
from django.utils.cache import patch_cache_control

from .hooks import GetResponse, HookMiddleware


class SecurityHeadersMiddleware(HookMiddleware):
    """Sets ``Permissions-Policy`` and ``Cross-Origin-Resource-Policy`` from the settings of these names.

    What a view has set stays. A page with a nonce is marked private: in a cache that many share, everybody could learn
    the nonce of who asked first.
    """

    before = ("django.middleware.csp.ContentSecurityPolicyMiddleware",)

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._headers = {
            "Permissions-Policy": permissions_policy(settings.PERMISSIONS_POLICY),
            "Cross-Origin-Resource-Policy": settings.CROSS_ORIGIN_RESOURCE_POLICY,
        }

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the headers."""
        for name, value in self._headers.items():
            if value:
                response.headers.setdefault(name, value)
        # It is made when a template asks for it.
        if get_nonce(request):
            patch_cache_control(response, private=True)
        return response


def permissions_policy(features: Mapping[str, Sequence[str]]) -> str:
    """Return the header (https://www.w3.org/TR/permissions-policy/); origins but ``self`` and ``*`` are quoted."""
    return ", ".join(
        f"{feature}=({' '.join(origin if origin in ('self', '*') else f'"{origin}"' for origin in origins)})"
        for feature, origins in features.items()
    )
