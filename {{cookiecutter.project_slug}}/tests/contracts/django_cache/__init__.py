"""Django's own tests of cache backends, run against the tiered cache."""
