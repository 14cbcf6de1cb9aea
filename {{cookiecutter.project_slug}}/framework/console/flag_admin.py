"""Feature flags in the admin: switches, and who switched what."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Field, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminSelectWidget

from framework.features import declared_flags
from framework.features.models import FlagChange, FlagSwitch


@admin.register(FlagSwitch)
class FlagSwitchAdmin(ModelAdmin):
    """Switches declared flags; deleting a switch brings the declared default back."""

    list_display = ("name", "percentage", "groups", "attributes", "owner", "expires", "changed_at")
    readonly_fields = ("changed_at",)

    def get_readonly_fields(self, request: HttpRequest, obj: FlagSwitch | None = None) -> tuple[str, ...]:
        """Keep the name of a switch that exists."""
        return self.readonly_fields if obj is None else ("name", *self.readonly_fields)

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the declared flags, and the groups there are."""
        if db_field.name == "name":
            names = [(flag.name, flag.name) for flag in declared_flags()]
            return forms.ChoiceField(choices=names, widget=UnfoldAdminSelectWidget)
        if db_field.name == "groups":
            groups = [(name, name) for name in Group.objects.order_by("name").values_list("name", flat=True)]
            return forms.MultipleChoiceField(
                choices=groups, required=False, widget=UnfoldAdminSelectMultipleWidget, help_text=db_field.help_text
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: FlagSwitch, form: "ModelForm[FlagSwitch]", change: bool) -> None:
        """Say who switched."""
        obj.changed_by = str(request.user)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: FlagSwitch) -> None:
        """Say who took the switch away."""
        obj.changed_by = str(request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FlagSwitch]) -> None:
        """Take each away by itself, so that each is noted."""
        for switch in queryset:
            self.delete_model(request, switch)

    @admin.display(description="owner")
    def owner(self, switch: FlagSwitch) -> str:
        """Say who declared the flag."""
        return next((flag.owner for flag in declared_flags() if flag.name == switch.name), "no longer declared")

    @admin.display(description="expires")
    def expires(self, switch: FlagSwitch) -> str:
        """Say when the flag should be gone."""
        return next((str(flag.expires or "never") for flag in declared_flags() if flag.name == switch.name), "")


@admin.register(FlagChange)
class FlagChangeAdmin(ModelAdmin):
    """Shows who switched what; nobody writes or deletes that."""

    list_display = ("changed_at", "flag", "changed_by", "before", "after")
    list_filter = ("flag",)
    search_fields = ("flag", "changed_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries come with changes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: FlagChange | None = None) -> bool:
        """Nobody changes what was."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FlagChange | None = None) -> bool:
        """Nobody deletes what was."""
        return False
