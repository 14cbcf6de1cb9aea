"""What somebody switched, over what the code declares, and who switched what."""

from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, router, transaction

#: What a switch says of a flag; compared and kept by :class:`FlagChange`.
SAYS: Final = ("percentage", "groups", "attributes")


def validate_names(value: Any) -> None:
    """Refuse what is no list of names."""
    if not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise ValidationError('Give a list of names: ["testers"].')


def validate_attributes(value: Any) -> None:
    """Refuse what does not say which values of an attribute count."""
    if not isinstance(value, dict):
        raise ValidationError('Give the values that count of each attribute: {"country": ["de", "at"]}.')
    for values in value.values():
        validate_names(values)


class FlagSwitch(models.Model):
    """Switches one declared flag, for everybody or for some; without a row the declared default counts.

    Whoever is among the percentage, in one of the groups, or has all of the attributes has the feature.
    """

    #: Who changes it; whoever does so by hand says it before saving.
    changed_by: str = "code"

    name = models.CharField(max_length=100, primary_key=True)
    percentage = models.PositiveSmallIntegerField(
        default=100, validators=[MaxValueValidator(100)], help_text="Share of users who have it: 0 is off, 100 is on."
    )
    groups = models.JSONField(
        default=list, blank=True, validators=[validate_names], help_text="Names of groups whose members have it."
    )
    attributes = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_attributes],
        help_text='Who has all of these has it: {"country": ["de", "at"], "staff": ["yes"]}.',
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "flag switches"

    def __str__(self) -> str:
        return f"{self.name}: {self.percentage} %"

    def save(self, *args: Any, **options: Any) -> None:
        """Store the switch, and who changed it."""
        # A form takes an empty value of any sort.
        self.groups, self.attributes = self.groups or [], self.attributes or {}
        using = options.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            before = self._stored(using)
            super().save(*args, **options)
            self._note(using, before, self._stored(using))

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Take the switch away, and note who did."""
        using = options.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            before = self._stored(using)
            self._note(using, before, None)
            return super().delete(*args, **options)

    def _stored(self, using: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = FlagSwitch.objects.using(using).filter(pk=self.pk).values(*SAYS).first()
        return found

    def _note(self, using: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if before != after:
            FlagChange.objects.using(using).create(
                flag=self.name, changed_by=self.changed_by, before=before, after=after
            )


class FlagChange(models.Model):
    """One entry of the audit trail; empty before a flag was switched, and after it went back to its default."""

    flag = models.CharField(max_length=100, db_index=True)
    changed_at = models.DateTimeField(auto_now_add=True)
    changed_by = models.CharField(max_length=255, help_text="A user, a command, or code.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.flag} by {self.changed_by}, {self.changed_at:%Y-%m-%d %H:%M:%S}"
