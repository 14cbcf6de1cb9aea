"""Django's templates, with the time they take."""

from typing import Any

from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.backends import django
from django.template.backends.django import reraise

from .measure import rendering


class MeasuredTemplates(django.DjangoTemplates):
    """The engine of ``TEMPLATES``; what a request's templates take stands in its ``Server-Timing``."""

    def from_string(self, template_code: str) -> "MeasuredTemplate":
        """Compile ``template_code``."""
        return MeasuredTemplate(self.engine.from_string(template_code), self)

    def get_template(self, template_name: str) -> "MeasuredTemplate":
        """Load a template; raises ``TemplateDoesNotExist``."""
        try:
            return MeasuredTemplate(self.engine.get_template(template_name), self)
        except TemplateDoesNotExist as error:
            reraise(error, self)


class MeasuredTemplate(django.Template):
    """A template that counts into the request it is rendered for."""

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> Any:
        """Render; what the template asks of the database counts too."""
        with rendering():
            return super().render(context, request)
