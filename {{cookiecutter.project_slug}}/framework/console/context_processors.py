"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest

from framework.conf import SiteConfig


def site(request: HttpRequest) -> dict[str, SiteConfig]:
    """Add ``site``: the title, domain and contact of this site."""
    return {"site": settings.CONFIG.site}
