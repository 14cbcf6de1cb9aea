"""What can be wrong with a name.

FrameworkError
└── ComponentNotFoundError   no component is called so
"""

from framework.errors import FrameworkError


class ComponentNotFoundError(FrameworkError, LookupError):
    """No component has this name; the message names similar ones."""
