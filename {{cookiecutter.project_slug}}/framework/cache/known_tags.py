"""The tags that cached functions carry, to tell a typo from a tag that nothing carries yet."""

import re
import string
from collections.abc import Iterable
from difflib import get_close_matches

_patterns: dict[str, re.Pattern[str]] = {}
#: What ``@invalidates`` names, each with the function it decorates.
_invalidated: dict[str, str] = {}


def declare_tags(templates: Iterable[str]) -> None:
    """Note that some function carries these tags, templates among them."""
    for template in templates:
        if template not in _patterns:
            parts = string.Formatter().parse(template)
            text = "".join(re.escape(literal) + (".*" if field is not None else "") for literal, field, _, _ in parts)
            _patterns[template] = re.compile(text)


def declare_invalidated(templates: Iterable[str], function: str) -> None:
    """Note that ``function``, a dotted path, outdates these tags."""
    _invalidated.update(dict.fromkeys(templates, function))


def template_of(tag: str) -> str:
    """Return the template that ``tag`` was made from; nothing if no function carries it."""
    if tag in _patterns:
        return tag
    return next((template for template, pattern in _patterns.items() if pattern.fullmatch(tag)), "")


def similar_tag(tag: str) -> str | None:
    """Return the tag that ``tag`` may have been meant for; nothing if it is known or like none."""
    if template_of(tag):
        return None
    return next(iter(get_close_matches(tag, _patterns, 1, 0.75)), None)


def misspelt_tags() -> list[tuple[str, str, str]]:
    """Return what ``@invalidates`` names wrongly: the tag, the one that was meant, and the decorated function."""
    return [(tag, meant, place) for tag, place in _invalidated.items() if (meant := similar_tag(tag)) is not None]
