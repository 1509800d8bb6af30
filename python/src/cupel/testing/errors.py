"""What goes wrong with the local service itself."""

from __future__ import annotations


class ServiceError(RuntimeError):
    """The service could not be set up or could not do what it was asked for."""
