"""Django's own tests of ``django.tasks``, run against this project's backend."""
