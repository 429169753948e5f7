"""Addresses of the servers, and the error of a server that does not start."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

NAME = "custos"  # of the database and of its owner
APPLICATION = "custos_app"  # the role that the application connects as


class EmbeddedError(RuntimeError):
    """A server could not be started; the message names its log."""


@dataclass(frozen=True)
class Services:
    """Sockets of the servers, in the folder `run`, and their URLs."""

    run: Path

    @property
    def database_url(self) -> str:
        return f"postgresql://{APPLICATION}@/{NAME}?host={quote(str(self.run), safe='')}"

    @property
    def owner_url(self) -> str:
        """The same database, as its owner."""
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.run), safe='')}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    @property
    def postgres_socket(self) -> Path:
        return self.run / ".s.PGSQL.5432"

    @property
    def redis_socket(self) -> Path:
        return self.run / "redis.sock"
