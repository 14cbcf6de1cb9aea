"""Django's PostgreSQL backend, as ``DATABASES`` names it: no thread can drain its pool, and its statements end."""
