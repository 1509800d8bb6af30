"""AttestedSSLContext: an ssl.SSLContext whose handshake asks the core about the server's key.

Whatever takes an ssl.SSLContext can be used with it: httpx, requests and urllib3, aiohttp, asyncio,
http.client. The decision is made in C++ (TlsPin.check); this file only makes sure that it is asked,
always, before a byte of the request is written:

* `do_handshake` of every socket and every memory-BIO object asks when the handshake is done, and
  reading or writing before that, or when TLS has ended, is refused;
* no session is resumed, because a resumed handshake shows no certificate;
* TLS 1.2 or newer, no renegotiation, no compression;
* what an HTTP library sets on the context (`verify_mode`, `check_hostname`, other roots) changes
  nothing about the decision. The two properties cannot be changed at all.
"""

from __future__ import annotations

import _ssl
import errno
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn, cast

from cupel import _core
from cupel.errors import CupelError, PinError, SessionError

if TYPE_CHECKING:
    from cupel._core import TlsPin

Clock = Callable[[], int]


def _refuse_session() -> NoReturn:
    raise SessionError(
        "invalid_argument",
        "tls.session",
        detail="a resumed session shows no certificate, so there is nothing to check",
    )


def _presented_chain(tls: ssl.SSLSocket | ssl.SSLObject) -> list[bytes]:
    """The certificates the server showed, DER, leaf first."""
    public = getattr(tls, "get_unverified_chain", None)  # CPython 3.13
    private = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)
    shown = public() if public is not None else private() if private is not None else None
    if shown:
        return [
            one if isinstance(one, bytes) else one.public_bytes(_ssl.ENCODING_DER) for one in shown
        ]
    # The leaf alone: enough for a leaf or SPKI pin; for a root CA pin OpenSSL has verified the
    # path, and the core refuses what it cannot follow.
    leaf = tls.getpeercert(binary_form=True)
    return [leaf] if leaf else []


def _ask(tls: ssl.SSLSocket | ssl.SSLObject) -> None:
    """Asks the core whether this peer has the pinned key. Errors: PinError."""
    context = tls.context
    if not isinstance(context, AttestedSSLContext):
        raise PinError("pin_mismatch", "tls.context", detail="the context was exchanged")
    if tls.session_reused:
        raise PinError("pin_mismatch", "tls.session", detail="the session was resumed")
    try:
        context.pin.check(_presented_chain(tls), tls.server_hostname or "", context.clock())
    except CupelError as error:
        raise PinError(error.code, error.where, error.offset, error.detail, error.check) from None


def _native_failure(error: ssl.SSLCertVerificationError) -> PinError:
    return PinError(
        "pin_mismatch",
        "tls.chain",
        detail=f"the certificate does not chain to the attested CA: {error.verify_message}",
    )


def _not_asked() -> SessionError:
    return SessionError(
        "pin_mismatch", "tls.handshake", detail="the server's key has not been checked"
    )


def _no_tls() -> SessionError:
    return SessionError(
        "connection_failed", "tls.connection", detail="TLS has not begun, or has ended"
    )


_failures: ContextVar[list[PinError] | None] = ContextVar("cupel_handshake_failures", default=None)


@contextmanager
def handshake_failures() -> Iterator[list[PinError]]:
    """Collects the PinErrors of the handshakes that this thread or task performs meanwhile.

    An exception's context may be an older failure that a caller is still handling, so its history
    does not tell whether it was this handshake that failed; being in this list does.
    """
    before = _failures.get()
    failures: list[PinError] = []
    _failures.set(failures)
    try:
        yield failures
    finally:
        _failures.set(before)
        failures.clear()  # their tracebacks hold the frame that holds the list


def _perform_and_ask(tls: ssl.SSLSocket | ssl.SSLObject, handshake: Callable[[], None]) -> None:
    """Performs a handshake and asks about its key. Errors: PinError, and those of ssl."""
    try:
        try:
            handshake()
        except ssl.SSLCertVerificationError as error:
            raise _native_failure(error) from error
        _ask(tls)
    except PinError as failure:
        collected = _failures.get()
        if collected is not None:
            collected.append(failure)
        raise


class AttestedSSLSocket(ssl.SSLSocket):
    """Made by AttestedSSLContext.wrap_socket().

    ssl.SSLSocket writes and reads in the clear when its TLS object is gone: after shutdown(), after
    unwrap(), and after a connect() that failed. Here every way to write and read ends in ssl's own
    write() and read(), which have no such fallback, so that not even another thread's shutdown()
    between a check and its write lets a byte out.
    """

    _making = True
    _asked = False

    def do_handshake(self, block: bool = False) -> None:
        """Performs the handshake and asks the core. Errors: PinError, and those of ssl."""
        self._making = self._asked = False
        if getattr(self, "_sslobj", None) is None:
            raise _no_tls()
        handshake = super().do_handshake
        _perform_and_ask(self, lambda: handshake(block))
        self._asked = True

    def _before(self, flags: int = 0) -> None:
        if self.fileno() < 0:
            raise OSError(errno.EBADF, "the connection is closed")
        if getattr(self, "_sslobj", None) is None:
            raise _no_tls()
        if not self._asked:
            raise _not_asked()
        if flags:
            raise ValueError("flags mean nothing on a TLS connection")

    def shutdown(self, how: int) -> None:
        """Shuts the connection down; nothing more can be written or read, whatever `how` is."""
        self._making = self._asked = False
        super().shutdown(how)

    def unwrap(self) -> Any:
        """Ends TLS; nothing more can be written or read through this object."""
        self._making = self._asked = False
        return super().unwrap()

    def detach(self) -> int:
        """Gives the descriptor away; nothing more can be written or read through this object.

        What its new owner writes is not encrypted.
        """
        self._making = self._asked = False
        return super().detach()

    def write(self, data: Any) -> int:
        """As ssl.SSLSocket.write(), once the key has been checked."""
        self._before()
        return super().write(data)

    def send(self, data: Any, flags: int = 0) -> int:
        """As ssl.SSLSocket.send(), once the key has been checked."""
        self._before(flags)
        return self.write(data)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As ssl.SSLSocket.sendall(), once the key has been checked."""
        self._before(flags)
        with memoryview(data) as view, view.cast("B") as octets:
            sent = 0
            while sent < len(octets):
                sent += self.write(octets[sent:])

    def sendto(self, *_: Any) -> NoReturn:
        """Refused: there are no datagrams in TLS."""
        self._before()
        raise ValueError("there are no datagrams in TLS")

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """As ssl.SSLSocket.sendfile(), once the key has been checked."""
        self._before()
        # socket.sendfile() would hand the descriptor to the kernel; this one uses send().
        sent: int = cast("Any", self)._sendfile_use_send(file, offset, count)
        return sent

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As ssl.SSLSocket.read(), once the key has been checked."""
        self._before()
        return super().read(len, buffer)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """As ssl.SSLSocket.recv(), once the key has been checked."""
        if self._making:
            # ssl itself looks here for bytes that came before there was TLS, to refuse them.
            return super().recv(buflen, flags)
        self._before(flags)
        data: bytes = self.read(buflen)
        return data

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """As ssl.SSLSocket.recv_into(), once the key has been checked."""
        self._before(flags)
        if nbytes is None:
            with memoryview(buffer) as view:
                nbytes = view.nbytes
        count: int = self.read(nbytes or 1024, buffer)
        return count

    def recvfrom(self, *_: Any) -> NoReturn:
        """Refused: there are no datagrams in TLS."""
        self._before()
        raise ValueError("there are no datagrams in TLS")

    def recvfrom_into(self, *_: Any) -> NoReturn:
        """Refused: there are no datagrams in TLS."""
        self._before()
        raise ValueError("there are no datagrams in TLS")

    @property
    def session(self) -> ssl.SSLSession | None:
        """The session, which cannot be set."""
        return None

    @session.setter
    def session(self, session: ssl.SSLSession | None) -> None:
        _refuse_session()


class AttestedSSLObject(ssl.SSLObject):
    """Made by AttestedSSLContext.wrap_bio(); what asyncio, anyio and trio use."""

    _asked = False

    def do_handshake(self) -> None:
        """Continues the handshake and asks the core at its end.

        Errors: PinError, and those of ssl: SSLWantReadError means "call again with more data".
        """
        self._asked = False
        _perform_and_ask(self, super().do_handshake)
        self._asked = True

    def _before(self) -> None:
        if not self._asked:
            raise _not_asked()

    def unwrap(self) -> None:
        """Ends TLS; nothing more can be written through this object."""
        self._asked = False
        super().unwrap()

    def write(self, data: Any) -> int:
        """As ssl.SSLObject.write(), once the key has been checked."""
        self._before()
        return super().write(data)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As ssl.SSLObject.read(), once the key has been checked."""
        self._before()
        return super().read(len, buffer)

    @property
    def session(self) -> ssl.SSLSession | None:
        """The session, which cannot be set."""
        return None

    @session.setter
    def session(self, session: ssl.SSLSession | None) -> None:
        _refuse_session()


def _set(context: ssl.SSLContext, name: str, value: object) -> None:
    """Sets a property of ssl.SSLContext past the read-only ones of AttestedSSLContext."""
    getattr(ssl.SSLContext, name).__set__(context, value)


class AttestedSSLContext(ssl.SSLContext):
    """A client context that completes a handshake with the pinned key only.

    pin: from `verdict.accepted.pin()` or `attest(options).pin`.
    clock: gives seconds since 1970; the system's when left out. After `pin.valid_until` every
        handshake fails.

    May be shared by threads. For a root CA pin OpenSSL too verifies path and host name, with that
    CA as its only root; for leaf and SPKI pins the key is the identity and no name is compared.
    """

    def __new__(cls, pin: TlsPin, *, clock: Clock | None = None) -> AttestedSSLContext:
        """Makes the client context underneath."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, pin: TlsPin, *, clock: Clock | None = None) -> None:
        self._pin = pin
        self._clock = clock or _core.system_now
        # Documented hooks of ssl.SSLContext; typeshed has them as fixed types.
        self.sslsocket_class = AttestedSSLSocket
        self.sslobject_class = AttestedSSLObject
        self.minimum_version = ssl.TLSVersion.TLSv1_2
        self.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        if pin.kind == "root_ca":
            self.load_verify_locations(cadata=pin.root_ca)
        else:
            _set(self, "check_hostname", False)
            _set(self, "verify_mode", ssl.CERT_NONE)

    @property
    def pin(self) -> TlsPin:
        """The key that is let through."""
        return self._pin

    @property
    def clock(self) -> Clock:
        """Gives the time that handshakes are judged at."""
        return self._clock

    @property  # type: ignore[override]
    def verify_mode(self) -> ssl.VerifyMode:
        """CERT_REQUIRED: no handshake succeeds without a certificate that the pin lets through.

        Setting it has no effect. HTTP libraries do, whatever their caller wanted.
        """
        return ssl.CERT_REQUIRED

    @verify_mode.setter
    def verify_mode(self, value: ssl.VerifyMode) -> None:
        """Has no effect."""

    @property
    def check_hostname(self) -> bool:
        """True: the server's identity is checked, by the pin. Setting it has no effect."""
        return True

    @check_hostname.setter
    def check_hostname(self, value: bool) -> None:
        """Has no effect."""

    def wrap_socket(self, sock: Any, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """As ssl.SSLContext.wrap_socket(), for clients.

        A connection that ends without TLS's own end mark is an error, as if
        `suppress_ragged_eofs=False` had been given: someone on the way may have cut it.
        Errors: invalid_argument for server_side and session; PinError from the handshake.
        """
        names = ("server_side", "do_handshake_on_connect", "suppress_ragged_eofs",
                 "server_hostname", "session")  # fmt: skip
        given = dict(zip(names, args, strict=False)) | kwargs
        self._refuse(given)
        given["suppress_ragged_eofs"] = False
        made = super().wrap_socket(sock, **cast("Any", given))
        if isinstance(made, AttestedSSLSocket):
            made._making = False
        return made

    def wrap_bio(self, incoming: Any, outgoing: Any, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """As ssl.SSLContext.wrap_bio(), for clients. Errors: as wrap_socket()."""
        given = dict(zip(("server_side", "server_hostname", "session"), args, strict=False))
        given |= kwargs
        self._refuse(given)
        return super().wrap_bio(incoming, outgoing, **cast("Any", given))

    @staticmethod
    def _refuse(given: dict[str, Any]) -> None:
        if given.get("server_side"):
            raise SessionError(
                "invalid_argument", "tls.server_side", detail="an attested context is a client's"
            )
        if given.get("session") is not None:
            _refuse_session()
        if not given.get("server_hostname"):
            raise SessionError(
                "invalid_argument", "tls.server_hostname", detail="the host's name is needed"
            )

    def __repr__(self) -> str:
        return f"<cupel.AttestedSSLContext {self._pin!r}>"
