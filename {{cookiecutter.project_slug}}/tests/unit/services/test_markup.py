"""What users wrote does not change the markup of a message."""

import pytest

from framework.services import escape_html, escape_markdown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Tom & <b>Jerry</b>", "Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;"),
        ('"quoted"', '"quoted"'),
        ("&lt;", "&amp;lt;"),
        ("grün", "grün"),
    ],
)
def test_html(text: str, escaped: str) -> None:
    assert escape_html(text) == escaped


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("1.5 * 2 = 3!", r"1\.5 \* 2 \= 3\!"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("_~`>#+-|{}", r"\_\~\`\>\#\+\-\|\{\}"),
        ("C:\\x", r"C:\\x"),
        ("grün", "grün"),
    ],
)
def test_markdown(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped
