# SPDX-License-Identifier: MIT
"""Connections that come and go, orderly and not, for a while; then the ledger has the frames, pins and
packets that it had after the first of them: nothing leaks."""
import random
import threading
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get_json
from ledger import env_named
from site_files import largest_file

SHORT, LONG = 15, 600  # seconds
CLIENTS = 6
QUIET = 30  # seconds until what waits for others has been given up
ENDED = 1200  # connections: more than the server remembers of those that it has closed


def held(machine):
    """What web has now."""
    env = env_named(get_json(machine.ports["status"], "/status.json"), "web")
    return {name: quota["used"] for name, quota in env["quotas"].items()}


class Client(threading.Thread):
    """Does now this, now that. Inherits the namespace of the thread that starts it."""

    def __init__(self, number, machine, large, until):
        super().__init__(daemon=True)
        self.random, self.machine, self.large, self.until = random.Random(number), machine, large, until
        self.done, self.error = 0, None

    def run(self):
        try:
            while time.monotonic() < self.until:
                self.random.choice((self.orderly, self.orderly, self.abort, self.half, self.empty))()
                self.done += 1
        except Exception as error:  # told by the test
            self.error = error

    def orderly(self):
        with Connection(self.machine.port, 60) as connection:
            for _ in range(self.random.randrange(1, 6)):
                check_equal(connection.get(self.random.choice(("/", self.large))).status, 200, "status")

    def abort(self):
        """RST in the middle of an answer."""
        connection = Connection(self.machine.port, 60)
        connection.request(self.large)
        connection.reset()

    def half(self):
        with Connection(self.machine.port, 60) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: te")

    def empty(self):
        Connection(self.machine.port, 60).socket.close()


def fill(machine):
    """The server closes so many that all memory is touched that it has for remembering them."""
    for _ in range(ENDED):
        with Connection(machine.port, 60) as connection:
            response = connection.get("/", headers=(("Host", "test"), ("Connection", "close")))
            check_equal(response.status, 200, "status")
            check(connection.at_end(), "the server does not close")


def churn(run, machine, seconds):
    until = time.monotonic() + seconds
    clients = [Client(number, machine, largest_file(run)[0], until) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(seconds + 120)
        check(not client.is_alive(), "a client hangs")
        check(client.error is None, f"a client's error: {client.error!r}")
    return sum(client.done for client in clients)


def soak(seconds):
    def test(run, machine):
        fill(machine)
        churn(run, machine, 3)  # what is made once is made
        before = held(machine)
        check("frames" in before, f"status.json says nothing of frames: {before}")
        done = churn(run, machine, seconds)
        deadline = time.monotonic() + QUIET
        while held(machine) != before and time.monotonic() < deadline:
            time.sleep(0.5)
        check_equal(held(machine), before, f"what web has after {done} connections")
        run.note(f"{done} connections in {seconds} s; web has {before}")
    return test


TESTS = [Test(f"soak {SHORT} s on a TAP", soak(SHORT), Boot(tap=True)),
         Test(f"soak {LONG} s on a TAP", soak(LONG), Boot(tap=True), long=True)]
