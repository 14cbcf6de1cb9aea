"""Pages that begin after the last row of the one before: none is slow, none repeats a row or leaves one out.

Django's own ``Paginator`` counts all rows and skips those of the pages before; see docs/pagination.md for when to
use which.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .cursor import InvalidCursorError as InvalidCursorError
    from .keyset import KeysetPage as KeysetPage, KeysetPaginator as KeysetPaginator
