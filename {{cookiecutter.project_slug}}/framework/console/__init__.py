"""Running and watching the project: ``manage.py up``, ``web`` and ``doctor``, the admin's operations pages."""
