"""What the environment may say."""

from pathlib import Path

import pytest

from exchange.app.settings import BadSetting, Settings


class TestFromEnvironment:
    def test_needs_nothing(self):
        settings = Settings.from_environment({})
        assert settings == Settings(home=Path.cwd() / ".mengkeju", host="127.0.0.1", port=8000)
        assert settings.database_url is None
        assert settings.redis_url is None
        assert settings.origin is None

    def test_reads_every_variable(self):
        settings = Settings.from_environment(
            {
                "MENGKEJU_DATABASE_URL": "postgresql://u:p@db.example/x",
                "MENGKEJU_REDIS_URL": "redis://:p@r.example/1",
                "MENGKEJU_HOME": "/srv/exchange",
                "MENGKEJU_ORIGIN": "log.example/exchange",
                "MENGKEJU_HOST": "0.0.0.0",
                "MENGKEJU_PORT": "0",
            }
        )
        assert settings.database_url == "postgresql://u:p@db.example/x"
        assert settings.redis_url == "redis://:p@r.example/1"
        assert settings.home == Path("/srv/exchange")
        assert settings.origin == "log.example/exchange"
        assert (settings.host, settings.port) == ("0.0.0.0", 0)

    def test_takes_an_empty_value_for_none(self):
        assert Settings.from_environment({"MENGKEJU_DATABASE_URL": " ", "MENGKEJU_PORT": ""}).port == 8000

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MENGKEJU_PORT", "-1"),
            ("MENGKEJU_PORT", "65536"),
            ("MENGKEJU_PORT", "http"),
            ("MENGKEJU_PORT", "８０"),
            ("MENGKEJU_DATABASE_URL", "mysql://db.example/x"),
            ("MENGKEJU_DATABASE_URL", "db.example"),
            ("MENGKEJU_REDIS_URL", "postgresql://r.example/1"),
        ],
    )
    def test_refuses_what_cannot_be_meant_and_names_the_variable(self, name, value):
        with pytest.raises(BadSetting, match=name):
            Settings.from_environment({name: value})

    @pytest.mark.parametrize("port", ["0", "1", "65535"])
    def test_accepts_every_port(self, port):
        assert Settings.from_environment({"MENGKEJU_PORT": port}).port == int(port)

    def test_prints_no_password(self):
        given = {"MENGKEJU_DATABASE_URL": "postgresql://u:hush@d/x", "MENGKEJU_REDIS_URL": "redis://:hush@r/1"}
        assert "hush" not in repr(Settings.from_environment(given))
