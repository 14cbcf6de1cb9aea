"""What somebody switched, over what the code declares."""

from django.core.validators import MaxValueValidator
from django.db import models


class FlagSwitch(models.Model):
    """Switches one declared flag for a share of the users; without a row the declared default counts."""

    name = models.CharField(max_length=100, primary_key=True)
    percentage = models.PositiveSmallIntegerField(
        default=100, validators=[MaxValueValidator(100)], help_text="Share of users who have it: 0 is off, 100 is on."
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "flag switches"

    def __str__(self) -> str:
        return f"{self.name}: {self.percentage} %"
