"""Django's PostgreSQL backend, as ``DATABASES`` names it: no thread can drain its pool, and its statements end."""

from typing import Final

from django.dispatch import Signal

#: Sent when the pool of a database is closed, as before tests drop it: sessions beside the pool have to end, too.
pool_closed: Final = Signal()
