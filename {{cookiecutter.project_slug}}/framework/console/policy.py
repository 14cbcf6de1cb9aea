"""The content security policy of the admin, which django-unfold cannot keep as strict as the site's."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.csp import CSP

from framework.middleware import HookMiddleware

ADMIN_NAMESPACE: Final = "admin"


def admin_policy() -> dict[str, Any]:
    """Return the site's policy with what unfold needs: Alpine evaluates attributes, templates carry styles.

    Scripts still come from this site only; a nonce among the styles would switch ``unsafe-inline`` off.
    """
    return {
        **settings.SECURE_CSP,
        "script-src": [CSP.SELF, CSP.NONCE, CSP.UNSAFE_EVAL],
        "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    }


class AdminPolicyMiddleware(HookMiddleware):
    """Gives the pages of the admin, and only those, ``admin_policy()``."""

    after = ("django.middleware.csp.ContentSecurityPolicyMiddleware",)

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Choose the policy that Django's middleware will write into the header."""
        match = request.resolver_match
        if match and match.namespace == ADMIN_NAMESPACE and "_csp_config" not in vars(response):
            vars(response)["_csp_config"] = admin_policy()
        return response
