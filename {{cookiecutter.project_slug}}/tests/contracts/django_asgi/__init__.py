"""Django's own tests of its ASGI handler, run against those of this project."""
