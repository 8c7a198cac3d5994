# SPDX-License-Identifier: MIT
"""Clients that begin and go silent: they hold up nobody, and are told so in the end."""
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get, open_many
from site_files import largest_file

HALF = b"GET / HTTP/1.1\r\nHost: te"
SILENT = 200


def half_request(_run, machine):
    """408 after the server's patience of ten seconds; others are served at once meanwhile."""
    with Connection(machine.port) as silent:
        silent.send(HALF)
        started = time.monotonic()
        for _ in range(10):
            check_equal(get(machine.port).status, 200, "another request")
        check(time.monotonic() - started < 8, "others wait for the silent one")
        check_equal(silent.read_response().status, 408, "status of the silent one")
        waited = time.monotonic() - started
        check(5 < waited < 20, f"408 comes after {waited:.1f} s")
        check(silent.at_end(), "the connection stays open after 408")


def many_silent(_run, machine):
    """Most of the server's table taken by silent clients, and more than half of it at once."""
    silent = open_many(machine.port, SILENT, HALF)
    try:
        started = time.monotonic()
        for _ in range(10):
            check_equal(get(machine.port).status, 200, "another request")
        check(time.monotonic() - started < 8, f"others wait for {SILENT} silent ones")
    finally:
        for connection in silent:
            connection.socket.close()


def without_a_byte(_run, machine):
    """Connected, and not a byte: others are served."""
    silent = open_many(machine.port, 50)
    check_equal(get(machine.port).status, 200, "another request")
    for connection in silent:
        connection.socket.close()


def slow_reader(run, machine):
    """Asks for the largest file of the site four times and reads nothing: others are served."""
    url, size = largest_file(run)
    with Connection(machine.port) as slow:
        slow.send(f"GET {url} HTTP/1.1\r\nHost: test\r\n\r\n".encode() * 4)
        for _ in range(10):
            check_equal(get(machine.port).status, 200, "another request")
        for number in range(4):
            check_equal(len(slow.read_response().body), size, f"bytes of the slow reader's answer {number}")


TESTS = [Test("stalled half request 408", half_request, Boot()), Test(f"stalled {SILENT} half requests", many_silent, Boot()),
         Test("stalled without a byte", without_a_byte, Boot()), Test("stalled reader", slow_reader, Boot())]
