# SPDX-License-Identifier: MIT
"""Clients that go away in the middle, again and again, leave nothing behind in the server."""
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get, get_json
from ledger import env_named
from site_files import largest_file

TIMES = 100
REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


def disconnects(run, machine):
    url, _ = largest_file(run)
    get(machine.port, url)  # what is allocated once is allocated now, and the file is in memory
    disconnect_round(machine, url)
    before = frames_of_web(machine)
    for _ in range(2):
        disconnect_round(machine, url)
    check_equal(get(machine.port).status, 200, "a request afterwards")
    time.sleep(1)
    after = frames_of_web(machine)
    run.note(f"frames of web: {before} before, {after} after {2 * TIMES} more disconnects")
    check(after <= before, f"web had {before} frames and has {after}: disconnects cost memory")


def disconnect_round(machine, url):
    """The file is larger than all buffers on the way, so the server is always in the middle of it."""
    for number in range(TIMES):
        connection = Connection(machine.port)
        connection.send(f"GET {url} HTTP/1.1\r\nHost: test\r\n\r\n".encode() * (1 + number % 3))
        check(connection.socket.recv(100), "no answer")
        connection.reset()


def disconnect_in_request(_run, machine):
    for number in range(TIMES):
        connection = Connection(machine.port)
        connection.send(REQUEST[: 1 + number % (len(REQUEST) - 1)])
        time.sleep(0.005)  # as in http_client.open_many
        connection.reset()
    check_equal(get(machine.port).status, 200, "a request afterwards")


def frames_of_web(machine):
    return env_named(get_json(machine.ports["status"], "/status.json"), "web")["frames"]


TESTS = [Test(f"disconnects in the middle of {TIMES} responses", disconnects, Boot()),
         Test(f"disconnects in the middle of {TIMES} requests", disconnect_in_request, Boot())]
