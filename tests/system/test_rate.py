# SPDX-License-Identifier: MIT
"""web answers at the same rate with the intruder in the machine, wanting its CPU all the time, as without.
Emulated CPUs share the host's, so where the intruder is missing a busy loop on the host takes its place,
and only what the kernel does differs. What else the host does can only slow a round, so the best round of each counts;
still it is noisy: the test fails below half, and says what it measured."""
import contextlib
import subprocess
import sys
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection
from machine import Machine, die_with_parent
from test_intruder import SUMMARY

ROUNDS, SECONDS = 5, 2
SHARE = 36 / 64  # web's slices of CPU 0, by the manifests


def keeps_rate(cpus, least):
    """A test that compares the best of rounds in turns."""
    def test(run):
        rates = {"web": [], "test-quiet": []}
        for _ in range(ROUNDS):
            for image, found in rates.items():
                found.append(measured(run, image, cpus))
        with_it, without = (max(rates[image]) for image in ("web", "test-quiet"))
        run.note(f"requests a second: {with_it:.0f} with the intruder {rounded(rates['web'])}, "
                 f"{without:.0f} without {rounded(rates['test-quiet'])}: {with_it / without:.2f}")
        check(with_it >= least * without, f"the rate falls to {with_it / without:.2f} of what it is without the intruder")
    return test


def rounded(numbers):
    return [round(number) for number in numbers]


def measured(run, image, cpus):
    machine = Machine(run.place, Boot(image, cpus=cpus))
    try:
        machine.await_start()
        if image == "web":
            machine.console.await_line(SUMMARY, 60)
        with host_load() if image != "web" and cpus > 1 else contextlib.nullcontext():
            return rate(machine.port)
    finally:
        machine.stop()


@contextlib.contextmanager
def host_load():
    """One CPU of the host busy, as the intruder's emulated one keeps it."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=die_with_parent)
    try:
        yield
    finally:
        busy.kill()
        busy.wait()


def rate(port):
    """Requests a second over one connection."""
    count = 0
    with Connection(port) as connection:
        for _ in range(200):  # warm: file read, code translated
            connection.get("/")
        started = time.monotonic()
        while time.monotonic() - started < SECONDS:
            check_equal(connection.get("/").status, 200, f"request {count}")
            count += 1
        return count / (time.monotonic() - started)


TESTS = [Test("rate beside the intruder", keeps_rate(2, 0.5)),
         Test("rate on one CPU with the intruder", keeps_rate(1, SHARE / 2))]
