"""A mail server for the tests: real SMTP on 127.0.0.1, which keeps what it takes or says why not."""

from __future__ import annotations

import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP


@dataclass
class PostOffice:
    """What a server was told and what it answers next."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    """Set when a letter is there."""
    refusing: deque[tuple[str, int]] = field(default_factory=deque)
    """(verb, code) that it says no to, once each, in this order."""

    def says(self, verb: str) -> int:
        """The code for a verb; 0 for yes."""
        if self.refusing and self.refusing[0][0] == verb:
            return self.refusing.popleft()[1]
        return 0


class _Visit(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        office = self.server.office
        if (code := office.says("CONNECT")) == 1:
            return  # hangs up without a word
        self._say(f"{code or 220} test")
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().decode().upper()
            code = office.says(verb)
            if code:
                self._say(f"{code} no")
            elif verb == "EHLO":
                self._say("250-test\r\n250 SMTPUTF8")
            elif verb == "RCPT":
                office.to.append(line.decode().partition("<")[2].partition(">")[0])
                self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                if not self._take(office):
                    return
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, office: PostOffice) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        whole = b"".join(lines)
        office.raw.append(whole)
        letter = BytesParser(policy=SMTP).parsebytes(whole)
        assert isinstance(letter, EmailMessage)
        office.letters.append(letter)
        office.came.set()
        if office.says("AFTER") == 1:
            return False  # it has the letter, and nobody hears that
        self._say("250 taken")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    office: PostOffice


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A server that listens."""
    with _Server(("127.0.0.1", 0), _Visit) as server:
        office = server.office = PostOffice(int(server.server_address[1]))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield office
        finally:
            server.shutdown()
            thread.join()
