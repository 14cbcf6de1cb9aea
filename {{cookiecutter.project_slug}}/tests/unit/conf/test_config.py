"""The configuration as a value."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from framework.conf import SiteConfig, TelegramConfig
from framework.conf.config import LOCAL_HOSTS
from framework.conf.secret_key import kept_secret_key
from framework.errors import ConfigurationError

from .conftest import Load

STRONG_KEY = "k3y-" * 15 + "abcdefghij"


def test_with_nothing_set_the_project_runs_in_development(load: Load) -> None:
    config = load()

    assert (config.environment, config.debug, config.log_format) == ("development", True, "console")
    assert config.allowed_hosts == LOCAL_HOSTS
    assert (config.database.vendor, config.tasks.broker, config.cache.redis_url) == ("sqlite", "database", None)


def test_in_production_the_defaults_are_safe(load: Load) -> None:
    config = load(ENVIRONMENT="production", SECRET_KEY=STRONG_KEY)

    assert (config.debug, config.log_format) == (False, "json")
    assert config.allowed_hosts == (config.site.domain,)
    assert config.secret_key == STRONG_KEY


def test_the_configuration_cannot_be_changed(load: Load) -> None:
    config = load()

    with pytest.raises(ValidationError, match="frozen"):
        config.logging.level = "ERROR"  # type: ignore[misc]  # what the test is about
    with pytest.raises(AttributeError, match="cannot assign"):
        config.logging = config.logging  # type: ignore[misc]  # what the test is about


def test_printing_the_configuration_shows_no_secret(load: Load) -> None:
    config = load(
        SECRET_KEY="hunter2" * 10,
        DATABASE_URL="postgres://user:hunter2@localhost/shop",
        REDIS_URL="redis://:hunter2@localhost",
        BROKER_URL="amqp://user:hunter2@localhost",
        EMAIL_URL="smtp://user:hunter2@localhost",
        TELEGRAM_BOT_TOKEN="1:hunter2",
    )

    assert "hunter2" not in f"{config!r} {config}"


def test_pydantics_own_message_shows_no_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        TelegramConfig(bot_token=SecretStr("hunter2"))

    assert "hunter2" not in str(caught.value)


def test_lists_are_written_with_commas(load: Load) -> None:
    config = load(ALLOWED_HOSTS=" a.example.com, b.example.com,,", TRUSTED_PROXIES="10.0.0.0/8,::1")

    assert config.allowed_hosts == ("a.example.com", "b.example.com")
    assert config.security.trusted_proxies == ("10.0.0.0/8", "::1")


def test_an_empty_variable_counts_as_unset(load: Load) -> None:
    assert load(REDIS_URL="", DEBUG="", LOG_LEVEL="").cache.redis_url is None


def test_development_keeps_its_key_in_a_file_only_the_owner_reads(load: Load, tmp_path: Path) -> None:
    config = load(STATE_DIR=str(tmp_path / "state"))

    key = config.secret_key

    kept = tmp_path / "state" / "secret_key"
    assert kept.read_text(encoding="ascii") == key
    assert kept.stat().st_mode & 0o077 == 0
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]


def test_a_kept_key_is_used_again(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("kept", encoding="ascii")

    assert kept_secret_key(tmp_path / "secret_key") == "kept"


def test_tests_get_a_key_without_a_file(load: Load, tmp_path: Path) -> None:
    config = load(ENVIRONMENT="test", STATE_DIR=str(tmp_path / "state"))

    assert config.secret_key == config.secret_key
    assert len(config.secret_key) >= 50
    assert not (tmp_path / "state").exists()


def test_a_site_table_that_lacks_something_is_told(tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text("[tool.site]\ntitle = 'Shop'\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"pyproject\.toml: \[tool\.site\] lacks 'name'"):
        SiteConfig.load(pyproject)


def test_the_namespace_is_the_name_of_the_site_unless_given(load: Load) -> None:
    assert load().namespace == load().site.name
    assert load(NAMESPACE="shop-staging").namespace == "shop-staging"
    with pytest.raises(ConfigurationError, match="NAMESPACE"):
        load(NAMESPACE="two words")
