"""Front doors that are typed like plain imports and load nothing until a name is used.

    with lazy_exports(globals()):
        from .backend import TieredCache as TieredCache

Type checkers and editors see the import statements. At run time the block only records them; the
first use of a name imports its module and stores the value, so later uses cost a dictionary look-up.
From Python 3.15 on, delete the ``with`` line, dedent the block and write ``lazy from`` (PEP 810).
"""

import builtins
import importlib
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType, SimpleNamespace, TracebackType
from typing import Any

_import_hook = threading.RLock()


class NotInstalledError(AttributeError):
    """An export needs an optional dependency that is not installed; the message says how to get it."""


class lazy_exports:  # noqa: N801 - reads as a statement, like contextlib's own managers
    """Record the ``from ... import`` statements of a block as exports of the module ``namespace``.

    ``extras`` maps the root of an optional third-party package to the extra of this project that installs it,
    ``groups`` to the dependency group, so that its absence is told as :class:`MissingExtraError`. ``on_miss`` is
    the place, ``"module:function"``, of what may add exports; it is called when a name is not found.
    Raises ``ImportError`` on a plain ``import x`` or a renamed import, which the block cannot record.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        *,
        extras: Mapping[str, str] = MappingProxyType({}),
        groups: Mapping[str, str] = MappingProxyType({}),
        on_miss: str = "",
    ) -> None:
        self.namespace = namespace
        #: The module of each name as it was written; where the attribute has another name, ``"module:attribute"``.
        self.places: dict[str, str] = {}
        self.extras = extras
        self.groups = groups
        #: Names that the block imports from more than one place; the last one counts.
        self.duplicates: set[str] = set()
        #: Called with the name and the value of an export when it is first used, in any thread, once.
        self.hooks: list[Callable[[str, Any], object]] = []
        self.announced: dict[str, object] = {}
        self._on_miss = on_miss
        self._statements: list[dict[str, str]] = []
        self._before: dict[str, Any] = {}
        self._real_import: Callable[..., Any] = builtins.__import__

    def __enter__(self) -> None:
        _import_hook.acquire()
        self._before = self.namespace.copy()
        self._real_import = builtins.__import__
        builtins.__import__ = self._record

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        builtins.__import__ = self._real_import
        _import_hook.release()
        recorded: dict[str, str] = {}
        for names in self._statements:
            recorded |= names
        # A name is bound when it is recorded, so both stand in the same order.
        exported = list(recorded)
        if error is None and list(self.namespace)[len(self._before) :] != exported:
            unknown = ", ".join(sorted((self.namespace.keys() - self._before) ^ recorded.keys()))
            raise ImportError(f"lazy_exports in {self.namespace['__name__']} cannot rename on import: {unknown}")
        if len(recorded) != sum(map(len, self._statements)):
            self.duplicates = {name for names in self._statements for name in names if recorded[name] != names[name]}
        self.places = recorded
        self.namespace.clear()
        self.namespace |= self._before
        self.namespace["__lazy_exports__"] = self
        self.namespace["__all__"] = exported
        self.namespace["__getattr__"] = self._load
        self.namespace["__dir__"] = lambda: sorted({*self.namespace, *self.places})

    def _record(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the signature of __import__
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        # Another thread may import something while the block runs; only this module's imports are ours.
        if globals is not self.namespace:
            return self._real_import(name, globals, locals, fromlist, level)
        if not fromlist or "*" in fromlist:
            raise ImportError(f"lazy_exports takes 'from module import Name' only, not an import of {name!r}")
        module = "." * level + name
        names = dict.fromkeys(fromlist, module)
        self._statements.append(names)
        # Something to take the names from; what they hold is deleted at the end of the block.
        return SimpleNamespace(**names)

    def _load(self, name: str) -> Any:
        place = self.places.get(name) or self._missed(name)
        if place is None:
            package = self.namespace["__name__"]
            # With these two Python itself says "did you mean".
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        try:
            module, _, attribute = place.partition(":")
            value = getattr(importlib.import_module(module, self.namespace["__name__"]), attribute or name)
        except (ModuleNotFoundError, NotInstalledError) as error:
            # The latter is what another front door says.
            if (message := self._how_to_get(name, error)) is None:
                raise
            # `from x import name` must show the hint; hasattr() and inspect must see a plain absence.
            if sys._getframe(1).f_code.co_name == "_handle_fromlist":
                from framework.errors import MissingExtraError

                raise MissingExtraError(message) from error
            raise NotInstalledError(message) from error
        self._announce(name, value)
        return self.namespace.setdefault(name, value)

    def _missed(self, name: str) -> str | None:
        if self._on_miss and not name.startswith("_"):
            module, _, function = self._on_miss.partition(":")
            getattr(importlib.import_module(module), function)()
        return self.places.get(name)

    def _how_to_get(self, name: str, error: ModuleNotFoundError | NotInstalledError) -> str | None:
        if isinstance(error, NotInstalledError):
            return str(error)
        root = (error.name or "").partition(".")[0]
        for option, known in (("extra", self.extras), ("group", self.groups)):
            if root in known:
                return f"{name} needs {error.name}, which is not installed: uv sync --{option} {known[root]}"
        return None

    def _announce(self, name: str, value: Any) -> None:
        """Call the hooks; one that raises leaves the name unused, so that the next use tries again."""
        if not self.hooks or self.announced.setdefault(name, mark := object()) is not mark:
            return
        try:
            for hook in self.hooks:
                hook(name, value)
        except BaseException:
            del self.announced[name]
            raise
