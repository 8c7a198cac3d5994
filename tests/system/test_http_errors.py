# SPDX-License-Identifier: MIT
"""Requests that a server must refuse, or understand however oddly they come."""
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get


def answered(status, raw, ends=None):
    """A test that sends bytes and expects a status; `ends`: whether the server then closes."""
    def test(_run, machine):
        with Connection(machine.port) as connection:
            connection.send(raw)
            check_equal(connection.read_response().status, status, "status")
            if ends is True:
                check(connection.at_end(), "the connection goes on")
            if ends is False:
                check_equal(connection.get("/").status, 200, "the next request on the connection")
    return test


def missing(_run, machine):
    with Connection(machine.port) as connection:
        for path in ("/gone", "/gone/deeper.html", "/index.html/x", "/%00", "/" + "a" * 300):
            status = connection.get(path).status
            check(status in (400, 404), f"{path[:40]}: {status}")
            if status == 400:
                return


def climbing(_run, machine):
    """Nothing above the site, however it is written."""
    for path in ("/../etc/passwd", "/../../exo.toml", "/%2e%2e/exo.toml", "/a/../../exo.toml", "/..%2fexo.toml", "/.."):
        response = get(machine.port, path)
        check(response.status in (400, 403, 404), f"{path}: {response.status}")


def oversized_header(_run, machine):
    """431 as soon as it is too much, not when it ends; and nobody else notices."""
    with Connection(machine.port) as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: test\r\n")
        try:
            for number in range(4000):
                connection.send(b"X-Filler-%d: " % number + b"y" * 100 + b"\r\n")
        except OSError:
            pass  # closed while we still sent
        try:
            check_equal(connection.read_response().status, 431, "status")
        except ConnectionError:
            pass  # the answer was overtaken by the reset for what we still sent
    check_equal(get(machine.port).status, 200, "another request")


def oversized_line(_run, machine):
    with Connection(machine.port) as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: test\r\nX: " + b"y" * 9000 + b"\r\n\r\n")
        check_equal(connection.read_response().status, 431, "a header of 9 kB")


def keep_alive(_run, machine):
    with Connection(machine.port) as connection:
        for number in range(50):
            check_equal(connection.get("/").status, 200, f"request {number}")


def closes_when_told(_run, machine):
    with Connection(machine.port) as connection:
        response = connection.get("/", headers=(("Host", "test"), ("Connection", "close")))
        check_equal(response.status, 200, "status")
        check(connection.at_end(), "the connection goes on after Connection: close")
    with Connection(machine.port) as connection:
        check_equal(connection.get("/", version="HTTP/1.0").status, 200, "HTTP/1.0")
        check(connection.at_end(), "the connection goes on after HTTP/1.0")


def pipelined(_run, machine):
    """Several requests in one packet, answered in order."""
    one = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
    with Connection(machine.port) as connection:
        connection.send(one + b"GET /gone HTTP/1.1\r\nHost: test\r\n\r\n" + one * 6)
        found = [connection.read_response().status for _ in range(8)]
        check_equal(found, [200, 404] + [200] * 6, "statuses")


def byte_by_byte(_run, machine):
    with Connection(machine.port) as connection:
        for byte in b"GET / HTTP/1.1\r\nHost: test\r\n\r\n":
            connection.send(bytes([byte]))
            time.sleep(0.005)
        check_equal(connection.read_response().status, 200, "status")


def noise(_run, machine):
    """What is no HTTP at all gets 400 or a closed connection, and the server goes on."""
    for raw in (b"\0" * 500, b"\xff\xfe" * 300 + b"\r\n\r\n", b"GET\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01" * 100):
        with Connection(machine.port) as connection:
            try:
                connection.send(raw + b"\r\n\r\n")
                check(connection.read_response().status in (400, 408, 431, 501, 505), f"{raw[:10]!r} is answered")
            except (ConnectionError, AssertionError) as error:
                check("middle" in str(error) or isinstance(error, ConnectionError), str(error))
    check_equal(get(machine.port).status, 200, "the next request")


HOST = b"Host: test\r\n\r\n"
CASES = [
    ("unknown path 404", missing),
    ("unknown path keeps the connection", answered(404, b"GET /gone HTTP/1.1\r\n" + HOST, ends=False)),
    ("path that climbs", climbing),
    ("bad method 405", answered(405, b"DELETE / HTTP/1.1\r\n" + HOST)),
    ("POST 405", answered(405, b"POST / HTTP/1.1\r\nContent-Length: 3\r\n" + HOST + b"abc", ends=False)),
    ("unknown method 501", answered(501, b"BREW / HTTP/1.1\r\n" + HOST)),
    ("missing Host 400", answered(400, b"GET / HTTP/1.1\r\n\r\n", ends=True)),
    ("two Hosts 400", answered(400, b"GET / HTTP/1.1\r\nHost: a\r\n" + HOST, ends=True)),
    ("bad request line 400", answered(400, b"GET\r\n\r\n", ends=True)),
    ("bad field 400", answered(400, b"GET / HTTP/1.1\r\nno colon here\r\n" + HOST, ends=True)),
    ("version 505", answered(505, b"GET / HTTP/2.0\r\n" + HOST, ends=True)),
    ("large body 413", answered(413, b"GET / HTTP/1.1\r\nContent-Length: 10000000000\r\n" + HOST, ends=True)),
    ("length and encoding 400", answered(400, b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" + HOST, ends=True)),
    ("long target 414", answered(414, b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\n" + HOST, ends=True)),
    ("oversized header 431", oversized_line),
    ("endless header 431", oversized_header),
    ("keep-alive", keep_alive),
    ("Connection: close", closes_when_told),
    ("pipelined", pipelined),
    ("byte by byte", byte_by_byte),
    ("noise", noise),
]
TESTS = [Test(f"http {name}", function, Boot()) for name, function in CASES]
