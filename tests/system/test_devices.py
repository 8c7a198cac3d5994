# SPDX-License-Identifier: MIT
"""Machines that lack something, or have it of another kind: the kernel says so and the rest runs."""
from harness import Boot, Test, check, check_equal
from http_client import get
from machine import Machine


def no_disk(_run, machine):
    machine.console.await_line(r"^aegis\| disk: none found", 1)
    machine.console.await_line(r"^root\| image web: .*no disk", 1)
    machine.console.await_line(r"^exo\| status answers at ", 60)
    check_equal(get(machine.ports["status"]).status, 200, "status, which needs no disk")
    machine.console.await_line(r"^root\| web ended: ", 10)


def no_card(_run, machine):
    machine.console.await_line(r"^aegis\| net: .*no card", 60)
    machine.console.await_line(r"^root\| image web: .*no network card", 60)
    machine.console.await_line(r"^intruder\| \d+ attacks|^intruder\| .*attacks", 60)


def virtio_disk(run, machine):
    """q35 with virtio-blk in place of NVMe serves the same bytes."""
    site = run.place.source / "examples/web/site"
    machine.await_start()
    check_equal(get(machine.port).body, (site / "index.html").read_bytes(), "/")


def alone(boot, function):
    """A test with a machine of its own, of which not everything is expected to start."""
    def test(run):
        machine = Machine(run.place, boot)
        try:
            machine.console.await_line(r"^root\| image", 60)
            function(run, machine)
            check(not machine.console.matches(r"^aegis\| panic:"), "the kernel panicked")
            check(machine.is_running(), "the machine ended")
        except Exception:
            for line in machine.last_lines(20):
                run.note(line)
            raise
        finally:
            machine.stop()
    return test


TESTS = [Test("devices no disk", alone(Boot(options=("--disk-type", "none")), no_disk)),
         Test("devices no card", alone(Boot(options=("--nic", "none")), no_card)),
         Test("devices virtio disk on q35", alone(Boot(options=("--disk-type", "virtio")), virtio_disk))]
