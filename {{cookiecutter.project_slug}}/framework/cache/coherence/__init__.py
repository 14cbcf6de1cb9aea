"""Keeping the memory of processes in step: a generation for every key, shared on the host, told between hosts."""
