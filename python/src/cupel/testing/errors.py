"""What goes wrong with the local service itself."""

from __future__ import annotations


class ServiceError(RuntimeError):
    """The service could not be set up or could not do what it was asked for."""


class BadRequest(ServiceError):
    """What was asked for is nothing this service can do, however often it is asked."""
