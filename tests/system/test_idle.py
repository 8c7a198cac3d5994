# SPDX-License-Identifier: MIT
"""Ten thousand connections that stay and say nothing, over a TAP: an honest client goes on as before, each of them
is answered when it asks at last, and the memory for them is taken once."""
import resource
import select
import socket
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get_json
from ledger import env_named
from network import PREFIX, Skip, command

IDLE = 10_000
AT_ONCE = 200    # of them that are being opened, or asked, at a time
PATIENCE = 120   # seconds without any progress
SECONDS = 2      # that the honest client is measured for
FIRST_PORT = 20_000
LEAST_FOR_FRAME = 4  # idle connections: a control block is below 1 KiB, and its places in tables are small
REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


def allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))
    except (ValueError, OSError) as error:
        raise Skip(f"no {count} sockets: {error}")


class Many:
    """Sockets of one process, moved on by events."""

    def __init__(self):
        self.sockets = {}
        self.poll = select.epoll()

    def close(self):
        for one in self.sockets.values():
            one.close()
        self.poll.close()

    def wait(self):
        events = self.poll.poll(PATIENCE)
        check(events, f"nothing happens for {PATIENCE} s")
        return events

    def open(self, place, source, count):
        """From `source`, and from ports that need not be looked for: that takes Linux longer than all the rest."""
        waiting, failed = 0, 0
        for number in range(count):
            one = socket.socket()
            one.setblocking(False)
            one.bind((source, FIRST_PORT + number))
            one.connect_ex(place)
            self.sockets[one.fileno()] = one
            self.poll.register(one, select.EPOLLOUT)
            waiting += 1
            while waiting >= AT_ONCE or (number == count - 1 and waiting > 0):
                for file, _ in self.wait():
                    failed += self.sockets[file].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
                    self.poll.unregister(file)
                    waiting -= 1
        check_equal(failed, 0, f"connections of {count} that were refused")

    def ask(self, wanted):
        """Each asks once. Those whose answer is not `wanted`, all of it."""
        wrong, left, got = 0, list(self.sockets), {}
        while left or got:
            while left and len(got) < AT_ONCE:
                file = left.pop()
                self.sockets[file].send(REQUEST)
                self.poll.register(file, select.EPOLLIN)
                got[file] = b""
            for file, _ in self.wait():
                data = self.sockets[file].recv(65536)
                got[file] += data
                if not data or got[file].endswith(wanted):
                    wrong += not got.pop(file).startswith(b"HTTP/1.1 200 ")
                    self.poll.unregister(file)
        return wrong


def honest(machine):
    """Requests a second over a connection that stays; its body."""
    with Connection(machine.port, PATIENCE) as connection:
        body, count, started = connection.get("/").body, 0, time.monotonic()
        while time.monotonic() - started < SECONDS:
            check_equal(connection.get("/").status, 200, "an honest request")
            count += 1
        return count / (time.monotonic() - started), body


def frames(machine):
    return env_named(get_json(machine.ports["status"], "/status.json"), "web")["quotas"]["frames"]["used"]


def round_of_idlers(run, machine, source):
    command("ip", "address", "add", f"{source}/{PREFIX}", "dev", machine.network.host_end)
    many = Many()
    try:
        started = time.monotonic()
        many.open(machine.port, source, IDLE)
        opened = time.monotonic() - started
        rate, body = honest(machine)
        held = frames(machine)
        check_equal(many.ask(body), 0, "idle connections whose request is not answered")
        run.note(f"{IDLE} connections in {opened:.1f} s; web has {held} frames")
        return rate, held
    finally:
        many.close()


def idle(run, machine):
    """Twice; rates are noisy where host and guest share CPUs: it fails below a fifth."""
    allow_files(IDLE + 100)
    without, body = honest(machine)
    before = frames(machine)
    within, held = round_of_idlers(run, machine, "10.0.2.101")
    run.note(f"{IDLE} idle connections take {held - before} frames")
    check(held - before < IDLE / LEAST_FOR_FRAME, f"{IDLE} idle connections take {held - before} frames")
    await_gone(machine, body)
    again, later = round_of_idlers(run, machine, "10.0.2.102")
    rate = max(within, again)
    run.note(f"requests a second: {rate:.0f} beside {IDLE} idle connections, {without:.0f} without: {rate / without:.2f}")
    check(rate > without / 5, f"the rate falls to {rate / without:.2f}")
    # The server has places for a few more than IDLE, which a second round may take while others are given back.
    check(later - held < (held - before) / 20, f"a second round takes {later - held} more frames")


def await_gone(machine, body):
    """Until the server has noticed that all have gone: it has room for few more than IDLE."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with Connection(machine.port, 10) as connection:
                check_equal(connection.get("/").body, body, "the page afterwards")
            return
        except (AssertionError, OSError):
            check(time.monotonic() < deadline, "nobody is served after the idle ones have gone")


TESTS = [Test(f"idle {IDLE} connections on a TAP", idle, Boot("test-idle", tap=True, cpus=1))]
