# SPDX-License-Identifier: MIT
"""SYNs from nowhere and clients that begin and go silent, over a TAP, while an honest one goes on."""
import contextlib
import pathlib
import subprocess
import sys
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get
from machine import die_with_parent
from test_stalled import HALF, slow_reader

TAP_BOOT = Boot(tap=True)
RATE = 1000  # SYNs a second: many times the backlog; more would only measure who gets the host's CPUs
SECONDS, ROUNDS = 2, 3


@contextlib.contextmanager
def flood(machine):
    program = pathlib.Path(__file__).with_name("syn_flood.py")
    flooding = subprocess.Popen([sys.executable, str(program), machine.port[0], str(machine.port[1]), str(RATE)],
                                preexec_fn=die_with_parent)
    try:
        time.sleep(1)
        check(flooding.poll() is None, "the flood does not flow")
        yield
        check(flooding.poll() is None, "the flood dried up")
    finally:
        flooding.kill()
        flooding.wait()


def honest(machine):
    """Requests a second, each second one with a connection of its own."""
    count, started = 0, time.monotonic()
    with Connection(machine.port, 60) as connection:
        while time.monotonic() - started < SECONDS:
            check_equal(connection.get("/").status, 200, "over the connection that stays")
            check_equal(get(machine.port, headers=(("Host", "test"), ("Connection", "close"))).status, 200, "over a new one")
            count += 2
    return count / (time.monotonic() - started)


def syn_flood(run, machine):
    """Every honest request is answered. Rates are noisy where host and guest share CPUs: it fails below a fifth."""
    rates = {False: [], True: []}
    for _ in range(ROUNDS):
        rates[False].append(honest(machine))
        with flood(machine):
            rates[True].append(honest(machine))
    without, within = max(rates[False]), max(rates[True])
    run.note(f"requests a second: {within:.0f} under {RATE} SYNs a second, {without:.0f} without: {within / without:.2f}")
    check(within > without / 5, f"the rate falls to {within / without:.2f}")


def silent_in_a_flood(_run, machine):
    """Both attacks together: what is served is served whole."""
    held = [Connection(machine.port, 60) for _ in range(50)]
    try:
        for connection in held:
            connection.send(HALF)
        with flood(machine):
            honest(machine)
    finally:
        for connection in held:
            connection.socket.close()


TESTS = [Test("flood of SYNs", syn_flood, TAP_BOOT),
         Test("flood and silent clients", silent_in_a_flood, TAP_BOOT),
         Test("flood over: a stalled reader", slow_reader, TAP_BOOT)]
