# SPDX-License-Identifier: MIT
"""web answers at the same rate with the intruder in the machine as without. Emulated CPUs share the
host's, so this fails only where the rate is halved, and says what it measured."""
import statistics
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection
from machine import Machine

ROUNDS, SECONDS, LEAST = 3, 3, 0.5


def keeps_rate(run):
    rates = {"web": [], "test-quiet": []}
    for _ in range(ROUNDS):
        for image, found in rates.items():
            found.append(measured(run, image))
    with_it, without = (statistics.median(rates[image]) for image in ("web", "test-quiet"))
    run.note(f"requests a second: {with_it:.0f} with the intruder {rounded(rates['web'])}, "
             f"{without:.0f} without {rounded(rates['test-quiet'])}: {with_it / without:.2f}")
    check(with_it >= LEAST * without, f"the rate falls to {with_it / without:.2f} of what it is without the intruder")


def rounded(numbers):
    return [round(number) for number in numbers]


def measured(run, image):
    machine = Machine(run.place, Boot(image))
    try:
        machine.await_start()
        if image == "web":
            machine.console.await_line(r"^intruder\| .*attacks, ", 60)
        return rate(machine.port)
    finally:
        machine.stop()


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


TESTS = [Test("rate beside the intruder", keeps_rate)]
