# SPDX-License-Identifier: MIT
"""A page of a hundred files, read from the disk for the first time: how many commands that takes. Its site has three
times as many other files, whose names lie between."""
import random

from harness import Test, check, check_equal
from http_client import Connection, get_json
from machine import START_LIMIT, Console, free_ports

FILES, OTHERS = 100, 300
MANIFEST = """name = "test-order"
[machine]
cpus = 1
[[env]]
name = "root"
memory = "4M"
slices = [{ count = 1 }]
capabilities = ["console", "time", "ledger", "machine"]
[[env]]
name = "status"
memory = "8M"
slices = [{ count = 8 }]
capabilities = ["console", "time", "ledger"]
[env.network]
address = "10.0.2.16/24"
port = 80
"""
SERVER = """[[env]]
name = "{name}"
program = "cheetah"
memory = "8M"
args = "{args}"
slices = [{{ count = 20 }}]
capabilities = ["console", "time"]
[env.extent]
size = "4M"
site = "site"
[env.network]
address = "10.0.2.{number}/24"
port = 80
"""


def write_site(folder):
    """Name -> content of what the page consists of."""
    site = folder / "site"
    site.mkdir(parents=True)
    chance = random.Random(5)
    names = chance.sample(range(1000, 10000), FILES + OTHERS)
    for name in names:
        (site / f"{name}.txt").write_bytes(chance.randbytes(chance.randrange(200, 3000)))
    wanted = [f"{name}.txt" for name in names[:FILES]]
    (site / "index.html").write_text("".join(f'<img src="{name}">\n' for name in wanted))
    return {"index.html": (site / "index.html").read_bytes(), **{name: (site / name).read_bytes() for name in wanted}}


def start(run, folder, servers):
    """The machine's console, and a port of each server's."""
    made = run.place.run_exo("build", str(folder / "exo.toml"), timeout=600)
    check_equal(made.returncode, 0, f"exo build: {made.stdout} {made.stderr}")
    ports = dict(zip(servers, free_ports(len(servers))))
    publish = [word for name, port in ports.items() for word in ("-p", f"{port}:{name}")]
    console = Console([run.place.exo, "run", run.place.image("test-order"), "--name", "under-test", *publish], run.place)
    for name in servers:
        console.await_line(rf"^exo\| {name} answers at ", START_LIMIT)
    return console, ports


def page_of_a_hundred_files(run):
    folder = run.place.temporary / "order"
    files = write_site(folder)
    (folder / "exo.toml").write_text(MANIFEST + SERVER.format(name="web", args="", number=15)
                                     + SERVER.format(name="apart", args="together=off", number=17))
    console, ports = start(run, folder, ("web", "apart", "status"))
    try:
        for server in ("web", "apart"):
            with Connection(ports[server]) as connection:
                for name, content in files.items():
                    response = connection.get(f"/{name}")
                    check_equal((response.status, response.body == content), (200, True), name)
        queues = {queue["owner"]: queue["submitted"] for queue in get_json(ports["status"], "/status.json")["queues"]}
        run.note(f"disk commands for {len(files)} files: {queues['web']}, one by one {queues['apart']}")
        check(queues["apart"] > FILES, "files are read together although they should not be")
        check(queues["web"] < FILES / 5, f"{queues['web']} commands for {len(files)} files that lie together")
    finally:
        console.stop()


TESTS = [Test("order a page of a hundred files", page_of_a_hundred_files)]
