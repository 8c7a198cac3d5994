# SPDX-License-Identifier: MIT
"""Tests that run inside the machine, in environments and in the kernel: their lines become ours."""
from harness import Boot, Test, check, check_equal
from kernel_image import kernel_test_image
from machine import Machine, bare_machine


def in_environments(run):
    machine = Machine(run.place, Boot("selftest"))
    try:
        summary = machine.console.await_line(r"selftest: (\d+) passed, (\d+) failed", 90)
        pass_on(run, machine.console, r"^\w+\| (PASS|FAIL|SKIP) (?:guest )?(.+?)(: .*)?$", "guest", summary)
    except Exception:
        for line in machine.last_lines(20):
            run.note(line)
        raise
    finally:
        machine.stop()


def in_kernel(run):
    console = bare_machine(run.place, kernel_test_image(run.place))
    try:
        summary = console.await_line(r"^kernel-tests\| (\d+) passed, (\d+) failed", 60)
        pass_on(run, console, r"^(PASS|FAIL)\| kernel (.+?)(: .*)?$", "kernel", summary)
    except Exception:
        for line in console.lines[-20:]:
            run.note(line)
        raise
    finally:
        console.stop()


def pass_on(run, console, pattern, kind, summary):
    """One line of result for each of the guest's, and the counts must be those of its last line."""
    found = console.matches(pattern)
    for match in found:
        run.say(match[1], f"{kind} {match[2]}", match[3] or "")
    counts = [sum(match[1] == verdict for match in found) for verdict in ("PASS", "FAIL")]
    check_equal(counts, [int(summary[1]), int(summary[2])], "passed and failed lines, and those of the summary")
    check(counts[0] > 0, "no test ran")


TESTS = [Test("tests in environments", in_environments), Test("tests in the kernel", in_kernel)]
