"""What a test needs of the machine it runs on."""

import os

import pytest


def need(met: bool, what: str) -> None:
    """Go on when a tool or server is there; without it skip on a laptop and fail on CI."""
    if met:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"needs {what}: CI must have it", pytrace=False)
    pytest.skip(f"needs {what}")
