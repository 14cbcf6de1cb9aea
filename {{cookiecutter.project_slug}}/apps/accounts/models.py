"""The user: an e-mail address and a password, no user name."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from framework.middleware.timezone import known_zones


def validate_time_zone(name: str) -> None:
    """Refuse what is no time zone."""
    if name not in known_zones():
        raise ValidationError("%(name)s is no time zone; try Europe/Berlin.", params={"name": name})


class UserManager(BaseUserManager["User"]):
    """Makes users and finds them by e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a user; without a password nobody can log in as them until one is set."""
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a user who may do everything; this is what ``manage.py createsuperuser`` calls."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this address; the case people type it in does not matter."""
        return self.get(email__iexact=username)

    async def aget_by_natural_key(self, username: str | None) -> "User":
        """Do the same without blocking the event loop."""
        return await self.aget(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can log in."""

    email = models.EmailField(
        "e-mail address", unique=True, error_messages={"unique": "A user with this e-mail address exists already."}
    )
    name = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=20, blank=True, help_text="Of the site's pages; empty: as the browser says.")
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="In which times are shown, such as Europe/Berlin; empty: as the browser says.",
    )
    is_staff = models.BooleanField("staff", default=False, help_text="May open the admin.")
    is_active = models.BooleanField(
        "active", default=True, help_text="Clear this instead of deleting somebody: what they did stays theirs."
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message="A user with this e-mail address exists already.",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Write the domain in small letters, as mail servers compare it."""
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    def get_full_name(self) -> str:
        """Return the name, or the address of somebody who gave none."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """Return the first word of the name, or the part of the address before the @."""
        return self.name.split()[0] if self.name.strip() else self.email.partition("@")[0]

    def email_user(self, subject: str, message: str, **options: Any) -> None:
        """Send this user a mail."""
        send_mail(subject, message, None, [self.email], **options)
