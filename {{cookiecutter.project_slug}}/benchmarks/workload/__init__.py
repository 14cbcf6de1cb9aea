"""A small application for our side of ``benchmarks/tasks.py``."""
