"""The flags behind OpenFeature's API (https://openfeature.dev), for code that is written for it.

``openfeature.api.set_provider(FlagProvider())`` once, in the ``ready()`` of an application; then
``api.get_client().get_boolean_value("new_checkout", False, EvaluationContext(targeting_key=str(user.pk)))``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.hook import Hook
from openfeature.provider import AbstractProvider, Metadata

from .evaluation import flag_is_active
from .flags import UnknownFlagError
from .snapshot import snapshot
from .visitors import Audience

_NAMES: Final = {True: "on", False: "off"}


class FlagProvider(AbstractProvider):
    """Answers with this project's flags, from the same snapshot: no query, no network.

    The targeting key is a user's primary key; attributes of the context count as those of the rules. All flags are
    boolean: other types are refused with ``TypeMismatchError``.
    """

    def get_metadata(self) -> Metadata:
        """Name the provider."""
        return Metadata(name="framework.features")

    def get_provider_hooks(self) -> list[Hook]:
        """Return none."""
        return []

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Tell whether the flag is active, and why; raises ``FlagNotFoundError``."""
        context = evaluation_context or EvaluationContext()
        attributes = {name: str(value) for name, value in context.attributes.items()}
        try:
            active = flag_is_active(flag_key, Audience(key=context.targeting_key or "", attributes=attributes))
        except UnknownFlagError as error:
            raise FlagNotFoundError(str(error)) from None
        reason = Reason.TARGETING_MATCH if flag_key in snapshot.get() else Reason.DEFAULT
        return FlagResolutionDetails(value=active, variant=_NAMES[active], reason=reason)

    async def resolve_boolean_details_async(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Do the same on the event loop."""
        await snapshot.aload()
        return self.resolve_boolean_details(flag_key, default_value, evaluation_context)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """Refuse: flags are boolean."""
        raise _mismatch(flag_key, "string")

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """Refuse: flags are boolean."""
        raise _mismatch(flag_key, "integer")

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """Refuse: flags are boolean."""
        raise _mismatch(flag_key, "float")

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[Any] | Mapping[str, Any],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Any]:
        """Refuse: flags are boolean."""
        raise _mismatch(flag_key, "object")


def _mismatch(flag_key: str, kind: str) -> TypeMismatchError:
    return TypeMismatchError(f"The flag {flag_key!r} is a boolean, no {kind}")
