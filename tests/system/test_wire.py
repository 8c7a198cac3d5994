# SPDX-License-Identifier: MIT
"""Linux's TCP and ours over a wire that loses, doubles, reorders, damages and delays packets (bad_wire.py does it,
both ways), and over one that takes only small ones. Every file is compared by its hash; how long it took is said."""
import hashlib
import time

from harness import Boot, Test, check_equal
from http_client import Connection
from site_files import site_files

PATIENCE = 120  # seconds for anything to arrive: a time-out of TCP doubles each time a repetition is lost
ROUNDS = 3


def every_file(run, machine):
    """The site some times over, half of the rounds with a connection for each file."""
    started, count = time.monotonic(), 0
    for number in range(ROUNDS):
        shared = Connection(machine.port, PATIENCE) if number % 2 == 0 else None
        for url, path in site_files(run):
            connection = shared or Connection(machine.port, PATIENCE)
            response = connection.get(url)
            check_equal(response.status, 200, url)
            check_equal(hashlib.sha256(response.body).hexdigest(), hashlib.sha256(path.read_bytes()).hexdigest(),
                        f"SHA-256 of {url}, round {number}")
            count += len(response.body)
            if shared is None:
                connection.socket.close()
        if shared is not None:
            shared.socket.close()
    run.note(f"{count} bytes in {time.monotonic() - started:.1f} s")


def bad(*wire):
    """Without a card's work: the wire sees frames as they are."""
    return Boot(tap=True, wire=wire, options=("--offload", "none"))


def bad_after_card(*wire):
    """Segments and checksums are left to the card: the wire has to finish them."""
    return Boot(tap=True, wire=wire)


WIRES = [("loses 1 %", bad("loss=1")),
         ("loses 5 %", bad("loss=5")),
         ("doubles 10 %", bad("duplicate=10")),
         ("reorders 10 %", bad("reorder=10")),
         ("damages 2 %", bad("corrupt=2")),
         ("takes 100 ms", bad("delay=50")),  # each way
         ("does all at once", bad("loss=1", "duplicate=1", "reorder=2", "corrupt=1", "delay=5")),
         ("loses 1 %, offload", bad_after_card("loss=1")),
         ("loses 5 %, offload", bad_after_card("loss=5")),
         ("does all at once, offload", bad_after_card("loss=1", "duplicate=1", "reorder=2", "corrupt=1", "delay=5")),
         ("takes 400 bytes", Boot(tap=True, mtu=400)),
         ("takes 400 bytes, no segmentation", Boot(tap=True, mtu=400, options=("--offload", "checksum"))),
         ("is good, no offload", Boot(tap=True, options=("--offload", "none"))),
         ("is good, checksums by the card", Boot(tap=True, options=("--offload", "checksum"))),
         ("is good, microvm", Boot(tap=True, board="microvm"))]

TESTS = [Test(f"wire that {name}", every_file, boot) for name, boot in WIRES]
