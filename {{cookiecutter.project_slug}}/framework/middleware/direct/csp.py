"""Django's content security policy, written out once for all pages that carry no nonce."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware import csp
from django.utils.csp import CSP, build_policy

from framework.middleware.hooks import GetResponse

from .hooks import DirectHooks


class ContentSecurityPolicyMiddleware(DirectHooks, csp.ContentSecurityPolicyMiddleware):
    """Sets ``Content-Security-Policy``."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        policies: dict[str, Any] = {
            CSP.HEADER_ENFORCE: settings.SECURE_CSP,
            CSP.HEADER_REPORT_ONLY: settings.SECURE_CSP_REPORT_ONLY,
        }
        self._without_nonce = {str(header): build_policy(policy) for header, policy in policies.items() if policy}

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Set the headers, with Django's own hook where this page has a nonce or a policy of its own."""
        chosen = vars(response)
        if csp.get_nonce(request) or "_csp_config" in chosen or "_csp_ro_config" in chosen:
            return super().process_response(request, response)
        for header, policy in self._without_nonce.items():
            response.headers.setdefault(header, policy)
        return response
