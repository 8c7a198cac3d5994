# SPDX-License-Identifier: MIT
"""HTTP over a plain socket, so that a test can send what no library would: half requests, two at
once, a header that is too long, a reset in the middle."""
import dataclasses
import json
import socket
import struct
import time

LIMIT = 20  # seconds for anything to arrive; an emulated machine under load is slow


@dataclasses.dataclass
class Response:
    status: int
    version: str
    headers: dict  # names in lower case
    body: bytes


class Connection:
    """`port` is one of the loopback, or an address and a port."""

    def __init__(self, port, timeout=LIMIT, source=0):
        """`source`: the port to come from."""
        self.socket = socket.create_connection(port if isinstance(port, tuple) else ("127.0.0.1", port), timeout,
                                               ("", source) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._have = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, path="/", method="GET", version="HTTP/1.1", headers=(("Host", "test"),)):
        lines = [f"{method} {path} {version}", *(f"{name}: {value}" for name, value in headers), "", ""]
        self.send("\r\n".join(lines).encode())

    def get(self, path="/", method="GET", **more):
        self.request(path, method, **more)
        return self.read_response(method)

    def read_response(self, method="GET"):
        head = self._read_until(b"\r\n\r\n").decode("latin-1")
        first, *fields = head.split("\r\n")[:-2]
        version, status = first.split(" ")[:2]
        headers = {name.strip().lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
        length = int(headers.get("content-length", 0))
        body = b"" if method == "HEAD" or status in ("204", "304") else self._read(length)
        return Response(int(status), version, headers, body)

    def at_end(self):
        """Whether the server closes and sends nothing more. Waits for it."""
        try:
            return self._have == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def rest(self):
        """All bytes until the server closes."""
        data = [self._have]
        while data[-1] or len(data) == 1:
            data.append(self.socket.recv(65536))
        self._have = b""
        return b"".join(data)

    def reset(self):
        """Ends the connection with RST and not with FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise AssertionError(f"the server closed in the middle of a response, after {self._have[:60]!r}")
        self._have += data

    def _read_until(self, mark):
        while mark not in self._have:
            self._fill()
        end = self._have.index(mark) + len(mark)
        taken, self._have = self._have[:end], self._have[end:]
        return taken

    def _read(self, count):
        while len(self._have) < count:
            self._fill()
        taken, self._have = self._have[:count], self._have[count:]
        return taken


def open_many(port, count, send=b""):
    """Connections one after the other, with a pause: QEMU's user network lets two wait to be accepted, and
    the host's kernel makes a third wait for a second."""
    connections = []
    for _ in range(count):
        connections.append(Connection(port, 60))
        connections[-1].send(send)
        time.sleep(0.005)
    return connections


def get(port, path="/", **more):
    """One request on a connection of its own."""
    with Connection(port) as connection:
        return connection.get(path, **more)


def get_json(port, path):
    response = get(port, path)
    if response.status != 200:
        raise AssertionError(f"{path} is answered with {response.status}")
    return json.loads(response.body)
