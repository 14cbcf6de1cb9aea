"""Forms of the admin that know a user by e-mail address."""

from typing import ClassVar

from unfold.forms import UserChangeForm as UnfoldUserChangeForm, UserCreationForm as UnfoldUserCreationForm

from .models import User


class UserCreationForm(UnfoldUserCreationForm):
    """Adds a user."""

    class Meta:
        model = User
        fields: ClassVar = ["email"]
        field_classes: ClassVar[dict[str, type]] = {}


class UserChangeForm(UnfoldUserChangeForm):
    """Changes a user."""

    class Meta:
        model = User
        fields = "__all__"
        field_classes: ClassVar[dict[str, type]] = {}
