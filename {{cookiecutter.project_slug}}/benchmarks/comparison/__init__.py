"""The parts of ``benchmarks/tasks.py``: systems, their processes, what is measured, and the goals."""
