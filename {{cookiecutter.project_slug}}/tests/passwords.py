"""Passwords that are quick to make."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """The site's own hasher, which accepts what this one made; a password takes it a second, on purpose."""

    iterations = 1
