# SPDX-License-Identifier: MIT
"""What makes Cheetah fast changes no byte of what it answers: a server for each switch, that one being off, beside one
with all of them on."""
import concurrent.futures
import random
import re
import socket

from harness import Test, check, check_equal
from http_client import Connection
from machine import START_LIMIT, Console, free_ports

ROUNDS, AT_ONCE, PATIENCE = 2, 8, 60
SERVERS = {"on": "", "known": "known=off", "heads": "heads=off", "sums": "sums=off", "hot": "hot=off", "predict": "predict=off",
           "merge": "merge=off", "together": "together=off", "bursts": "bursts=off", "gather": "gather=off", "ahead": "hot=off ahead=0", "log": "log=on",
           "apart": ""}
PROGRAMS = {"apart": "cheetah-apart"}
MANIFEST = """name = "test-switches"
[machine]
cpus = 1
memory = "128M"
disk = "64M"
[[env]]
name = "root"
memory = "4M"
slices = [{ count = 1 }]
capabilities = ["console", "time", "ledger", "machine"]
"""
SERVER = """[[env]]
name = "{name}"
program = "{program}"
memory = "{memory}"
args = "{args}"
slices = [{{ count = 4 }}]
capabilities = ["console", "time"]
[env.extent]
size = "4M"
site = "site"
[env.network]
address = "10.0.2.{number}/24"
port = 80
"""


def write_site(folder):
    (folder / "site").mkdir(parents=True)
    chance = random.Random(7)
    for name, size in (("index.html", 700), ("a.css", 900), ("a.css.gz", 300), ("404.html", 80), ("medium.bin", 100_000),
                       ("large.bin", 700_000)):
        (folder / "site" / name).write_bytes(chance.randbytes(size))
    manifest = MANIFEST
    for number, (name, args) in enumerate(SERVERS.items()):
        manifest += SERVER.format(name=name, args=args, memory="8M" if name == "gather" else "4M", program=PROGRAMS.get(name, "cheetah"), number=15 + number)
    (folder / "exo.toml").write_text(manifest)


def ask(target, *fields, method="GET", version="1.1"):
    return "\r\n".join((f"{method} {target} HTTP/{version}", "Host: test", *fields, "", "")).encode()


def conversation(tag):
    """All at once on one connection, and twice, so that what was asked before is known."""
    several = (ask("/"), ask("/"), ask("/a.css", "Accept-Encoding: gzip"), ask("/a.css"), ask("/", method="HEAD"), ask("/none"),
               ask("/medium.bin"), ask("/medium.bin", "Range: bytes=60000-70000"), ask("/large.bin"),
               ask("/", f"If-None-Match: {tag}"), ask("/", "Connection: keep-alive", version="1.0"), ask("/", method="OPTIONS"))
    return b"".join(several) * ROUNDS + ask("/medium.bin", "Connection: close")


def talk(port, words):
    """What comes until the server closes, with one date in place of all."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(words)
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
    return re.sub(rb"\r\nDate: [^\r]+ GMT\r\n", b"\r\nDate: X\r\n", b"".join(parts))


def same_bytes(run):
    folder = run.place.temporary / "switches"
    write_site(folder)
    made = run.place.run_exo("build", str(folder / "exo.toml"), timeout=600)
    check_equal(made.returncode, 0, f"exo build: {made.stdout} {made.stderr}")
    ports = dict(zip(SERVERS, free_ports(len(SERVERS))))
    publish = [word for name, port in ports.items() for word in ("-p", f"{port}:{name}")]
    console = Console([run.place.exo, "run", run.place.image("test-switches"), "--name", "under-test", *publish], run.place)
    try:
        for name in SERVERS:
            console.await_line(rf"^exo\| {name} answers at ", START_LIMIT)
        with Connection(ports["on"]) as connection:
            words = conversation(connection.get("/").headers["etag"])
        wanted = talk(ports["on"], words)
        check_equal(wanted.count(b"\r\nDate: X\r\n"), 12 * ROUNDS + 1, "responses")
        check(wanted.endswith((folder / "site/medium.bin").read_bytes()), "the last file does not come whole")
        for name, port in ports.items():
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                for number, found in enumerate(pool.map(lambda _, port=port: talk(port, words), range(AT_ONCE))):
                    check(found == wanted, f"{name}: {first_difference(found, wanted)} (connection {number} of {AT_ONCE})")
    finally:
        console.stop()


def first_difference(found, wanted):
    place = next((i for i, (a, b) in enumerate(zip(found, wanted)) if a != b), min(len(found), len(wanted)))
    return f"byte {place} of {len(wanted)} is another: {found[place - 20:place + 40]!r}, not {wanted[place - 20:place + 40]!r}"


TESTS = [Test(f"switches: the same bytes from {len(SERVERS)} servers", same_bytes)]
