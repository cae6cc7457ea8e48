"""The thread that hands mail to its server: one after the other, each until it is taken."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import smtplib
import ssl
import threading
from typing import Final

from pos_app.domain.errors import PosError, Refused
from sync.hub.answers import Clock
from sync.hub.customers import letters, mail_settings, mailing
from sync.hub.customers.mail_settings import STARTTLS, TLS, Settings
from sync.hub.customers.mailing import Waiting
from sync.hub.database import Connection, Database, storage_error

EVERY_S: Final = 2.0
PATIENCE_S: Final = 30.0
_PERMANENT: Final = range(500, 600)

_log = logging.getLogger(__name__)


class Unreachable(Exception):
    """The server took nothing this time; `args[0]` says why, and no address."""


class Hopeless(Exception):
    """The server will never take this."""


def post(settings: Settings, message: object, patience_s: float = PATIENCE_S) -> None:
    """Hands a message to the server. Raises Unreachable, Hopeless."""
    from email.message import EmailMessage

    if not isinstance(message, EmailMessage):
        raise Hopeless("no message")
    try:
        with _opened(settings, patience_s) as server:
            if settings.way == STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as cause:
        code = next(iter(cause.recipients.values()))[0]
        raise _said(code, "the address was refused") from cause
    except smtplib.SMTPAuthenticationError as cause:
        raise Unreachable("the server does not know our password") from cause
    except smtplib.SMTPResponseException as cause:
        raise _said(cause.smtp_code, f"the server said {cause.smtp_code}") from cause
    except smtplib.SMTPNotSupportedError as cause:
        raise Unreachable("the server cannot do what the settings ask") from cause
    except (smtplib.SMTPException, OSError, ssl.SSLError) as cause:
        raise Unreachable(f"the server does not answer: {type(cause).__name__}") from cause


def _opened(settings: Settings, patience_s: float) -> smtplib.SMTP:
    if settings.way == TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=patience_s, context=context)
    return smtplib.SMTP(settings.host, settings.port, timeout=patience_s)


def _said(code: int, why: str) -> Exception:
    return Hopeless(why) if code in _PERMANENT else Unreachable(why)


def one(connection: Connection, clock: Clock, patience_s: float = PATIENCE_S) -> bool:
    """Sends the next mail that is due, if there is one and a server for it; whether there was one."""
    settings = mail_settings.load(connection)
    mail = mailing.claim(connection, clock.now()) if settings is not None else None
    if settings is None or mail is None:
        return False
    try:
        send(connection, settings, mail, clock.now(), patience_s)
    except Unreachable as cause:
        with connection.transaction():
            mailing.later(connection, mail, str(cause), clock.now())
    except Hopeless as cause:
        _log.warning("a mail (%s) is given up: %s", mail.kind, cause)
        with connection.transaction():
            mailing.give_up(connection, mail, str(cause), clock.now())
    else:
        with connection.transaction():
            mailing.sent(connection, mail, clock.now())
    return True


def send(
    connection: Connection,
    settings: Settings,
    mail: Waiting,
    now: dt.datetime,
    patience_s: float = PATIENCE_S,
) -> None:
    """Writes a mail and hands it over, once. Raises Unreachable, Hopeless."""
    if mail.letter is None:
        raise Hopeless("whom it was for is not known any more")
    try:
        message = letters.compose(connection, mail, mail.letter, settings, now)
    except letters.NotYetError:
        raise Unreachable("its sale is not here yet") from None
    except (ValueError, UnicodeError, Refused) as cause:
        raise Hopeless(f"cannot be written: {type(cause).__name__}") from cause
    post(settings, message, patience_s)


class Mailer(threading.Thread):
    """For as long as the hub serves; ends with the process, whatever it is doing."""

    def __init__(self, database: Database, clock: Clock, every_s: float = EVERY_S) -> None:
        super().__init__(name="mail", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()

    def end(self) -> None:
        """Nothing further is sent."""
        self._ended.set()

    def run(self) -> None:
        """A look every now and then, and no pause while there is more."""
        connection: Connection | None = None
        pause = 0.0
        while not self._ended.wait(pause):
            pause = self._every_s
            try:
                connection = connection or self._database.connect(write=True)
                pause = 0.0 if one(connection, self._clock) else self._every_s
            except (PosError, storage_error):
                _log.warning("mail waits for the database or for the key of its secrets")
                _close(connection)
                connection = None
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("mail was not sent")
                _close(connection)
                connection = None
        _close(connection)


def _close(connection: Connection | None) -> None:
    if connection is not None:
        with contextlib.suppress(PosError, storage_error):
            connection.close()
