# SPDX-License-Identifier: MIT
"""exo run --pcap: who sent and received what, as tcpdump reads it."""
import struct

from harness import Boot, Test, check, check_equal
from http_client import get
from machine import Machine


def blocks(data):
    """(type, body) of each block of a pcapng file."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("=II", data, at)
        check_equal(struct.unpack_from("=I", data, at + length - 4)[0], length, "length at the end of a block")
        yield kind, data[at + 8:at + length - 4]
        at += length


def frames_by_env(data):
    """Name of the interface -> [(sent, frame)]."""
    names, found = [], {}
    for kind, body in blocks(data):
        if kind == 1:
            length = struct.unpack_from("=H", body, 10)[0]
            names.append(body[12:12 + length].decode())
            found[names[-1]] = []
        elif kind == 6:
            interface, _, _, kept, _ = struct.unpack_from("=5I", body)
            flags = struct.unpack_from("=I", body, 20 + (kept + 3) // 4 * 4 + 4)[0]
            found[names[interface]].append((flags & 3 == 2, body[20:20 + kept]))
    return found


def captured(tap):
    def test(run):
        file = run.place.temporary / "capture.pcapng"
        machine = Machine(run.place, Boot(tap=tap, options=("--pcap", str(file))))
        try:
            machine.await_start()
            check_equal(get(machine.port, "/style.css").status, 200, "web")
            check_equal(get(machine.ports["status"], "/status.json").status, 200, "status")
        finally:
            machine.stop()
        found = frames_by_env(file.read_bytes())
        check_equal(list(found), ["web", "status", "nobody"], "interfaces")
        for env, address, words in (("web", b"\x0a\x00\x02\x0f", b"GET /style.css"), ("status", b"\x0a\x00\x02\x10", b"GET /status.json")):
            sent = [frame for is_sent, frame in found[env] if is_sent]
            received = [frame for is_sent, frame in found[env] if not is_sent]
            check(any(b"200 OK" in frame for frame in sent), f"{env} sent no answer")
            check(any(words in frame for frame in received), f"{env} received no {words!r}")
            check(all(address in frame[26:42] for frame in sent), f"{env} sent as another")
        check(not file.with_name(file.name + ".raw").exists(), "QEMU's dump is left")
    return test


TESTS = [Test("capture on QEMU's network", captured(False)), Test("capture on a TAP", captured(True))]
