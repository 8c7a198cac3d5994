# SPDX-License-Identifier: MIT
"""Tests by name, and one line of result for each. A test is a function; it fails by raising. Those
that name the same Boot share one machine, one after the other."""
import dataclasses
import time
import traceback

from machine import Machine
from network import Skip


@dataclasses.dataclass(frozen=True)
class Boot:
    """What a machine is started with; equal ones are one machine for neighbouring tests."""
    image: str = "web"
    board: str = "q35"
    cpus: int = 2
    options: tuple = ()
    tap: bool = False  # on a network of ours instead of QEMU's: network.Network,
    wire: tuple = ()   # with what bad_wire.py does to packets
    mtu: int = 1500    # and packets to the machine no longer than this


@dataclasses.dataclass
class Test:
    name: str
    function: object  # takes a Run and, with a boot, the Machine
    boot: Boot | None = None
    long: bool = False  # only with --long


@dataclasses.dataclass
class Run:
    """One run of tests: where things are, and the counts."""
    place: object
    filter: str = ""
    long: bool = False  # tests that take minutes, too
    failed: int = 0

    def say(self, verdict, name, detail="", lines=()):
        for line in lines:
            print(f"  {line}")
        print(f"{verdict} {name}{detail}", flush=True)
        self.failed += verdict == "FAIL"

    def note(self, text):
        print(f"  {text}", flush=True)


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def check_equal(found, expected, what):
    check(found == expected, f"{what}: expected {expected!r}, found {found!r}")


def run_all(run, tests):
    """Runs those that the filter lets through; machines live as long as their neighbours need them."""
    machine, boot = None, None
    try:
        for test in tests:
            if run.filter not in f"system {test.name}" or (test.long and not run.long):
                continue
            if machine is not None and (test.boot != boot or not machine.is_running()):
                machine.stop()
                machine = None
            if test.boot is not None and machine is None:
                try:
                    machine, boot = Machine(run.place, test.boot), test.boot
                except Skip as skip:
                    run.say("SKIP", f"system {test.name}", f": {skip}")
                    continue
            run_one(run, test, machine if test.boot is not None else None)
    finally:
        if machine is not None:
            machine.stop()


def run_one(run, test, machine):
    started = time.monotonic()
    try:
        if machine is not None:
            machine.await_start()
        test.function(*([run, machine] if machine is not None else [run]))
        if machine is not None:
            machine.check_health()
    except Skip as skip:
        run.say("SKIP", f"system {test.name}", f": {skip}")
    except Exception as error:  # a test may fail in any way; the others still run
        lines = machine.last_lines(20) if machine is not None else []
        if not isinstance(error, (AssertionError, OSError)):
            lines = traceback.format_exc().splitlines()[-6:] + lines
        text = " ".join(str(error).split()) or type(error).__name__
        run.say("FAIL", f"system {test.name}", f": {text}", lines)
    else:
        run.say("PASS", f"system {test.name}", f" ({time.monotonic() - started:.1f} s)")
