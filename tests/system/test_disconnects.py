# SPDX-License-Identifier: MIT
"""Clients that go away in the middle, again and again, leave nothing behind in the server."""
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get, get_json
from ledger import env_named

TIMES = 100
REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


def disconnects(run, machine):
    disconnect_round(machine)  # what is allocated once is allocated now
    before = frames_of_web(machine)
    for _ in range(2):
        disconnect_round(machine)
    check_equal(get(machine.port).status, 200, "a request afterwards")
    time.sleep(1)
    after = frames_of_web(machine)
    run.note(f"frames of web: {before} before, {after} after {2 * TIMES} more disconnects")
    check(after <= before, f"web had {before} frames and has {after}: disconnects cost memory")


def disconnect_round(machine):
    for number in range(TIMES):
        connection = Connection(machine.port)
        connection.send(REQUEST * (1 + number % 3))
        if number % 2:
            connection.socket.recv(100)
        connection.reset()


def disconnect_in_request(_run, machine):
    for number in range(TIMES):
        connection = Connection(machine.port)
        connection.send(REQUEST[: 1 + number % (len(REQUEST) - 1)])
        connection.reset()
    check_equal(get(machine.port).status, 200, "a request afterwards")


def frames_of_web(machine):
    return env_named(get_json(machine.ports["status"], "/status.json"), "web")["frames"]


TESTS = [Test(f"disconnects in the middle of {TIMES} responses", disconnects, Boot()),
         Test(f"disconnects in the middle of {TIMES} requests", disconnect_in_request, Boot())]
