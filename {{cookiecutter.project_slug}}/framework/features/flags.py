"""Flags as the code knows them."""

from dataclasses import dataclass
from datetime import date

from framework.errors import FrameworkError

_declared: dict[str, "Flag"] = {}
#: Names that code uses before anybody could declare them, and where; checked once all is loaded.
expected: dict[str, str] = {}


class UnknownFlagError(FrameworkError):
    """A flag is used that nobody declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A switch in the code: ``NEW_CHECKOUT = Flag(name="new_checkout", owner="shop", expires=date(2030, 1, 1))``.

    ``expires`` says when the flag should be gone from the code, ``None`` that it is there to stay, as a switch of
    operations; ``default`` counts until it is switched.
    """

    name: str
    owner: str
    expires: date | None
    default: bool = False

    def __post_init__(self) -> None:
        """Declare the flag; raises ``ValueError`` for a second, different one of the same name."""
        if _declared.setdefault(self.name, self) != self:
            raise ValueError(f"The flag {self.name!r} is declared twice; give one of them another name")


def declared_flags() -> tuple[Flag, ...]:
    """Return every flag declared in the modules loaded so far."""
    return tuple(_declared.values())


def is_declared(name: str) -> bool:
    """Tell whether a flag is called ``name``."""
    return name in _declared


def expect(flag: "Flag | str", where: str) -> None:
    """Note that ``flag`` is used at ``where``, for the check of names that nobody declares."""
    if isinstance(flag, str):
        expected[flag] = where


def find_flag(name: str) -> Flag:
    """Return the flag called ``name``; raises :class:`UnknownFlagError`."""
    try:
        return _declared[name]
    except KeyError:
        known = ", ".join(sorted(_declared)) or "none"
        raise UnknownFlagError(f"No flag is called {name!r}; declared are: {known}") from None
