# SPDX-License-Identifier: MIT
"""apps/blocks on disks that outlive their machine, lose it at any moment, fail and stall. QEMU without
`exo`, because its disk is to be kept, killed or throttled."""
import json
import random
import shutil
import socket
import time

from harness import Test, check
from machine import bare_machine

KILLS = 20
CONTROLLERS = {"nvme": "nvme,drive=d0,serial=exo0,max_ioqpairs=16", "virtio": "virtio-blk-pci,disable-legacy=on,drive=d0"}
SLOW = 500  # bytes a second: a page takes eight seconds


def fresh_disk(run, name):
    path = run.place.temporary / f"{name}.disk"
    shutil.copy(run.place.build / f"{name}.disk", path)
    return path


def boot(run, name, controller, drive, *more):
    return bare_machine(run.place, run.place.image(name), devices=("-nic", "none", *drive, "-device", CONTROLLERS[controller], *more))


def plain(disk):
    return ("-drive", f"file={disk},if=none,id=d0,format=raw")


def failing(disk, rule):
    """Through blkdebug, with one rule of what fails."""
    parts = ["driver=raw,node-name=d0,file.driver=blkdebug,file.image.driver=file", f"file.image.filename={disk}",
             "file.inject-error.0.event=none"] + [f"file.inject-error.0.{part}" for part in rule]
    return ("-blockdev", ",".join(parts))


def finds_its_data_again(run):
    """Four boots, the last on another kind of controller: the same extent with the data of the one before."""
    disk = fresh_disk(run, "test-keep")
    for number, controller in enumerate(("nvme", "nvme", "nvme", "virtio"), 1):
        console = boot(run, "test-keep", controller, plain(disk))
        try:
            console.await_line(rf"^blocks\| boot {number}: {'made' if number == 1 else 'found'}$", 30)
        finally:
            console.stop()


def survives_kills(run):
    """SIGKILL in the middle of table updates; each boot compares the table with the journal."""
    disk = fresh_disk(run, "test-storm")
    dice = random.Random(2026)
    pending = 0
    for kill in range(KILLS + 1):
        console = boot(run, "test-storm", ("nvme", "virtio")[kill % 2], plain(disk))
        try:
            found = console.await_line(r"^blocks\| storm: (\d+ stretches after (\d+) records, (.*))", 30)
            console.await_line(r"^blocks\| storm: running", 10)
            pending += found[3] != "nothing pending"
            time.sleep(dice.uniform(0.05, 1.0))
            check(not console.matches(r"^root\| blocks ended"), f"storm ended in round {kill}: {console.lines[-3:]}")
        finally:
            console.process.kill()
            console.await_end(10)
    check(int(found[2]) > 10 * KILLS, f"only {found[2]} records were written in all")
    check(pending > 0, "no kill hit an update")
    run.note(f"{found[2]} records, {pending} of {KILLS} kills in the middle of an update; at last {found[1]}")


def an_error_reaches_its_owner(controller):
    def test(run):
        disk = fresh_disk(run, "test-faults")
        sector = 2048 + 8 * 40  # of the extent's 40th page
        console = boot(run, "test-faults", controller, failing(disk, ("iotype=write", f"sector={sector}", "errno=5")))
        try:
            console.await_line(r"^blocks\| faults: failing, DeviceError after", 30)
            console.await_line(r"^blocks\| faults: working again, Ok", 10)
        finally:
            console.stop()
    return test


def writing_through_flushes(run):
    """A virtio disk has no write-through: a write fails if the flush behind it does."""
    disk = fresh_disk(run, "test-faults")
    console = boot(run, "test-faults", "virtio", failing(disk, ("iotype=flush", "errno=5")))
    try:
        console.await_line(r"^blocks\| faults: failing, DeviceError after", 30)
    finally:
        console.stop()


class Monitor:
    """QEMU's QMP, for one command after another."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile()
        self.lines.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self.lines.readline())
            if "event" not in answer:
                check("return" in answer, f"{name}: {answer}")
                return

    def throttle(self, rate):
        self.command("block_set_io_throttle", device="d0", bps=rate, bps_rd=0, bps_wr=0, iops=0, iops_rd=0, iops_wr=0)


def a_stalled_disk_is_brought_back(controller, sign):
    def test(run):
        disk = fresh_disk(run, "test-faults")
        path = run.place.temporary / f"qmp-{controller}"
        console = boot(run, "test-faults", controller, plain(disk), "-qmp", f"unix:{path},server=on,wait=off")
        try:
            console.await_line(r"^blocks\| faults: working", 30)
            monitor = Monitor(path)
            monitor.throttle(SLOW)
            console.await_line(sign, 30)
            # QEMU may complete a command while it deletes its queue, and that counts.
            outcome = console.await_line(r"^blocks\| faults: (failing, DeviceError|slow, Ok) after [5-9]\d\d\d ms|after \d{5} ms", 60)
            monitor.throttle(0)
            start = len(console.lines)
            for _ in range(2):
                line = console.await_line(r"^blocks\| faults: \d+ commands", 60, start)
                start = console.lines.index(line.string) + 1
            run.note(outcome.group())
        finally:
            console.stop()
    return test


TESTS = [Test("blocks extents and data survive reboots", finds_its_data_again),
         Test("blocks the ownership table survives kills", survives_kills),
         Test("blocks an NVMe error reaches its owner", an_error_reaches_its_owner("nvme")),
         Test("blocks a virtio error reaches its owner", an_error_reaches_its_owner("virtio")),
         Test("blocks writing through flushes on virtio", writing_through_flushes),
         Test("blocks a stalled NVMe disk is brought back",
              a_stalled_disk_is_brought_back("nvme", r"^aegis\| nvme: .*deleting its queue")),
         Test("blocks a stalled virtio disk is brought back",
              a_stalled_disk_is_brought_back("virtio", r"^aegis\| disk: .*resetting the disk"))]
