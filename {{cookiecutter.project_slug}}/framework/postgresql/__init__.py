"""Django's PostgreSQL backend with a pool that no thread can drain; ``DATABASES`` names this package as its engine."""
