"""``@cached_page``: whole responses, kept for everybody who may share them."""

from .decorator import cached_page

__all__ = ["cached_page"]
