"""Tests that kill things: processes of the site, its database and its broker, all of them real.

``uv run python -m tests.chaos --mode redis-none --orders 2000`` runs the long version by hand.
"""
