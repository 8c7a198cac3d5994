# SPDX-License-Identifier: MIT
"""Many requests: one after the other, side by side, each with a connection of its own."""
import time

from harness import Boot, Test, check_equal
from http_client import Connection, get, open_many

SEQUENTIAL, PARALLEL, ROUNDS, SINGLE = 10_000, 64, 10, 600


def rate(run, count, started):
    seconds = time.monotonic() - started
    run.note(f"{count} requests in {seconds:.1f} s: {count / seconds:.0f} a second")


def sequential(run, machine):
    wanted, started = get(machine.port).body, time.monotonic()
    with Connection(machine.port) as connection:
        for number in range(SEQUENTIAL):
            response = connection.get("/")
            check_equal((response.status, response.body == wanted), (200, True), f"request {number}")
    rate(run, SEQUENTIAL, started)


def parallel(run, machine):
    """All connections are open and all requests sent before the first answer is read."""
    wanted, connections = get(machine.port).body, open_many(machine.port, PARALLEL)
    started = time.monotonic()
    try:
        for number in range(ROUNDS):
            for connection in connections:
                connection.request("/")
            for connection in connections:
                response = connection.read_response()
                check_equal((response.status, response.body == wanted), (200, True), f"round {number}")
    finally:
        for connection in connections:
            connection.socket.close()
    rate(run, PARALLEL * ROUNDS, started)


def one_each(run, machine):
    started = time.monotonic()
    for number in range(SINGLE):
        response = get(machine.port, "/", headers=(("Host", "test"), ("Connection", "close")))
        check_equal(response.status, 200, f"connection {number}")
    rate(run, SINGLE, started)


TESTS = [Test(f"load {SEQUENTIAL} requests on one connection", sequential, Boot()),
         Test(f"load {PARALLEL} connections at once", parallel, Boot()),
         Test(f"load {SINGLE} connections one after the other", one_each, Boot())]
