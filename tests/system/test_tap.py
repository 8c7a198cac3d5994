# SPDX-License-Identifier: MIT
"""The machine on a TAP: Linux's own TCP at the other end of the wire, with nothing in between."""
from harness import Boot, Test, check, check_equal
from network import HOST, command
from test_site import every_file

TAP_BOOT = Boot(tap=True)


def pings(_run, machine):
    """From nothing to a whole packet, and in fragments both ways."""
    for size in (0, 56, 1472, 1473, 4000, 8000):
        ended = command("ping", "-c", "3", "-i", "0.05", "-W", "5", "-s", str(size), machine.port[0], may_fail=True)
        check_equal(ended.returncode, 0, f"ping with {size} bytes: {ended.stdout.strip().splitlines()[-2:]}")


def neighbours(_run, machine):
    """Each environment with an address of its own, and the host where the manifest's gateway is."""
    for address, _ in machine.ports.values():
        found = command("ip", "neigh", "show", address).stdout
        check("lladdr" in found, f"{address} is not known at {HOST}: {found!r}")


TESTS = [Test("tap every file", every_file, TAP_BOOT),
         Test("tap neighbours", neighbours, TAP_BOOT),
         Test("tap pings", pings, TAP_BOOT)]
