# SPDX-License-Identifier: MIT
"""A panic says where and why, and the machine's end says that it was one."""
from harness import Boot, Test, check, check_equal
from machine import Console, Machine, bare_machine


def panics(run):
    """With exo: its explanation and its status."""
    machine = Machine(run.place, Boot("test-panic"))
    try:
        check_equal(machine.console.await_end(60), 3, "exit status of exo run")
        machine.console.await_line(r"^exo\| the kernel panicked", 1)
        expect_panic(machine.console, "the root environment ended")
    finally:
        machine.stop()


def status_of_qemu(run):
    console = bare_machine(run.place, run.place.image("test-panic"))
    try:
        check_equal(console.await_end(60), 35, "exit status of QEMU")
        expect_panic(console, "the root environment ended")
    finally:
        console.stop()


def expect_panic(console: Console, why):
    console.await_line(rf"^aegis\| panic: .*{why}", 1)
    for register in ("rax", "rip", "cr2", "cr3"):
        console.await_line(rf"^aegis\| panic: .*\b{register} [0-9a-f]{{16}}", 1)
    places = console.matches(r"^aegis\| panic: +at [0-9a-f]{16} (\S.*)\+0x[0-9a-f]+$")
    check(len(places) >= 3, f"a backtrace of {len(places)} places with names")
    check(any("::" in place[1] for place in places), "no name in the backtrace is one of C++")


TESTS = [Test("panic has registers, names, and a status of its own", panics), Test("panic ends QEMU with 35", status_of_qemu)]
