"""Broker middleware: one small file each, in the order ``framework.tasks.conf`` lists them."""
