"""What a site that strangers can reach must not run with."""

from pydantic import SecretStr

from .core import CoreConfig
from .parts import SecurityConfig

_MAKE_A_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"


def unsafe_when_deployed(core: CoreConfig, security: SecurityConfig) -> list[str]:
    """Say what is unsafe."""
    if not core.environment.is_deployed:
        return []
    problems = []
    if core.debug:
        problems.append(f"DEBUG='true': is refused when ENVIRONMENT={core.environment}; try 'false'")
    if _is_weak(security.secret_key):
        problems.append(
            f"SECRET_KEY: must be set when ENVIRONMENT={core.environment}, with 50 characters or more;"
            f" try the output of: {_MAKE_A_KEY}"
        )
    if "*" in security.allowed_hosts:
        problems.append(
            f"ALLOWED_HOSTS='*': is refused when ENVIRONMENT={core.environment}; try 'example.com,www.example.com'"
        )
    return problems


def _is_weak(key: SecretStr | None) -> bool:
    # The same measure as Django's check security.W009.
    value = key.get_secret_value() if key else ""
    return len(value) < 50 or len(set(value)) < 5 or value.startswith("django-insecure-")
