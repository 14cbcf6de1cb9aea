"""Dramatiq's own tests, run against this project's brokers."""
