# SPDX-License-Identifier: MIT
"""Tests that run inside the machine, in environments and in the kernel: their lines become ours."""
from harness import Boot, Test, check, check_equal
from kernel_image import kernel_test_image
from machine import Machine, bare_machine


LIMIT = 300  # seconds; they bound a failure, a run takes ten


def in_environments(image, cpus, kind):
    def test(run):
        machine = Machine(run.place, Boot(image, cpus=cpus))
        try:
            summary = machine.console.await_line(r"selftest: (\d+) passed, (\d+) failed", LIMIT)
            pass_on(run, machine.console, r"^\w+\| (PASS|FAIL|SKIP) (?:guest )?(.+?)(: .*)?$", kind, summary)
        except Exception:
            for line in machine.last_lines(20):
                run.note(line)
            raise
        finally:
            machine.stop()
    return test


BOARDS = {  # with a disk and a card, so that their part of the kernel is tested too
    "q35": ("-device", "nvme,drive=d0,serial=exo0,max_ioqpairs=16", "-device", "virtio-net-pci,disable-legacy=on,netdev=n0"),
    "microvm": ("-global", "virtio-mmio.force-legacy=false", "-device", "virtio-blk-device,drive=d0", "-device",
                "virtio-net-device,netdev=n0"),
}


def in_kernel(board, cpus):
    def test(run):
        disk = f"file={run.place.build / 'web.disk'},if=none,id=d0,format=raw,snapshot=on"
        console = bare_machine(run.place, kernel_test_image(run.place), board, cpus,
                               ("-drive", disk, "-netdev", "user,id=n0", *BOARDS[board]))
        try:
            summary = console.await_line(r"^aegis\| kernel-tests: (\d+) passed, (\d+) failed", LIMIT)
            pass_on(run, console, r"^aegis\| (PASS|FAIL): kernel (.+?)(: .*)?$", f"kernel {board}", summary)
        except Exception:
            for line in console.lines[-20:]:
                run.note(line)
            raise
        finally:
            console.stop()
    return test


def pass_on(run, console, pattern, kind, summary):
    """One line of result for each of the guest's, and the counts must be those of its last line."""
    found = console.matches(pattern)
    for match in found:
        run.say(match[1], f"{kind} {match[2]}", match[3] or "")
    counts = [sum(match[1] == verdict for match in found) for verdict in ("PASS", "FAIL")]
    check_equal(counts, [int(summary[1]), int(summary[2])], "passed and failed lines, and those of the summary")
    check(counts[0] > 0, "no test ran")


TESTS = [Test("tests in environments, 2 CPUs", in_environments("selftest", 2, "guest")),
         Test("tests in environments, 1 CPU", in_environments("selftest-1", 1, "guest 1 CPU:")),
         Test("tests in environments, 4 CPUs", in_environments("selftest-4", 4, "guest 4 CPUs:")),
         Test("tests in the kernel, q35 1 CPU", in_kernel("q35", 1)),
         Test("tests in the kernel, q35 2 CPUs", in_kernel("q35", 2)),
         Test("tests in the kernel, microvm 4 CPUs", in_kernel("microvm", 4))]
