"""Where browsers tell of what the content security policy stopped."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from framework.logs import get_logger
from framework.ratelimit import ip, limit

MOST_BYTES: Final = 16_384
#: Of one message; a browser may gather some.
MOST_REPORTS: Final = 10
_LONGEST: Final = 300
#: What is logged, by the names of both forms a report may have.
_FIELDS: Final = {
    "document": ("document-uri", "documentURL"),
    "directive": ("effective-directive", "effectiveDirective", "violated-directive"),
    "blocked": ("blocked-uri", "blockedURL"),
    "source": ("source-file", "sourceFile"),
    "line": ("line-number", "lineNumber"),
    "disposition": ("disposition",),
}
_ADDRESSES: Final = frozenset({"document", "blocked", "source"})

logger = get_logger("csp")


@csrf_exempt
@require_POST
@limit("60/m", key=ip)
def csp_reports(request: HttpRequest) -> HttpResponse:
    """Log each violation as a warning; of addresses only what stands before the query.

    Understands ``report-uri`` (https://www.w3.org/TR/CSP3/#deprecated-serialize-violation) and the Reporting API
    (https://www.w3.org/TR/reporting-1/). Anybody may send anything: what is no report is answered with 400, what is too
    big with 413.
    """
    try:
        body = request.read(MOST_BYTES + 1)
    except RequestDataTooBig:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except (RawPostDataException, UnreadablePostError):
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        reports = list(_reports(json.loads(body)))
    except (ValueError, RecursionError):
        reports = []
    if not reports:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    for report in reports[:MOST_REPORTS]:
        logger.warning("csp_violation", **report)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _reports(content: Any) -> Iterator[dict[str, Any]]:
    for entry in content if isinstance(content, list) else [content]:
        if not isinstance(entry, dict):
            continue
        violation = entry.get("csp-report") or (entry.get("body") if entry.get("type") == "csp-violation" else None)
        if isinstance(violation, dict) and (fields := _fields(violation)):
            yield fields


def _fields(violation: Mapping[str, Any]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for field, names in _FIELDS.items():
        value = next((violation[name] for name in names if violation.get(name)), None)
        if isinstance(value, str):
            # What stands after it may be anybody's secret.
            found[field] = (value.partition("?")[0].partition("#")[0] if field in _ADDRESSES else value)[:_LONGEST]
        elif isinstance(value, int):
            found[field] = value
    return found
