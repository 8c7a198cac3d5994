# SPDX-License-Identifier: MIT
"""One server as an environment on each CPU: who connects does not see it, and the ledger shows that both work."""
import concurrent.futures
import datetime
import re
import signal
import socket
import struct
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get, get_json
from machine import Machine
from network import TAP, Skip, command
from site_files import site_files
from test_clients import output_of

BOOT = Boot("test-instances")
TAP_BOOT = Boot("test-instances", tap=True)
CONNECTIONS = 64
REQUESTS = 40


def delivered(machine):
    """Packets that each instance has had."""
    bindings = get_json(machine.ports["status"], "/status.json")["bindings"]
    return {b["owner"]: b["delivered"] for b in bindings if b["owner"].startswith("web")}


def every_instance_serves(run, machine):
    before = delivered(machine)
    check_equal(sorted(before), ["web.0", "web.1"], "instances with a network")
    files = site_files(run) * (CONNECTIONS // len(site_files(run)) + 1)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for (url, path), response in zip(files, pool.map(lambda file: get(machine.port, file[0]), files)):
            check_equal((response.status, response.body == path.read_bytes()), (200, True), url)
    after = delivered(machine)
    run.note(", ".join(f"{name}: {after[name] - before[name]} packets" for name in after))
    for name in after:
        check(after[name] - before[name] > CONNECTIONS, f"{name} has hardly any of {CONNECTIONS} connections")


def by_the_clients_port(_run, machine):
    """Connections from ports of our choice: each goes to the instance that the manifest's reference names."""
    for first, name in ((20000, "web.0"), (20002, "web.1"), (20005, "web.0"), (20007, "web.1")):
        before = delivered(machine)[name]
        for port in range(first, first + 32, 4):
            with Connection(machine.port, source=port) as connection:
                check_equal(connection.get("/").status, 200, f"a request from port {port}")
        check(delivered(machine)[name] - before >= 8 * 3, f"{name} does not get connections from {first} on")


def neighbour_that_does_not_ask(_run, machine):
    """The host knows the station already, so no instance hears it ask; and only one hears what it answers."""
    address = machine.port[0]
    station = command("ip", "neigh", "show", address).stdout.split("lladdr ")[1].split()[0]
    command("ip", "neigh", "replace", address, "lladdr", station, "dev", TAP, "nud", "permanent")
    for port in range(21000, 21008):
        with Connection(machine.port, source=port) as connection:
            check_equal(connection.get("/").status, 200, f"a request from port {port}")


def pings(_run, machine):
    ended = command("ping", "-c", "3", "-i", "0.05", "-W", "5", machine.port[0], may_fail=True)
    check_equal(ended.returncode, 0, f"ping: {ended.stdout.strip().splitlines()[-2:]}")
    check("DUP" not in ended.stdout, f"more than one answers: {ended.stdout}")


def log_lines(machine, start):
    """The logger's lines from line `start` of the console on, in parts."""
    pattern = r'^logger\| (\S+) - - \[(\S+ \+0000)\] "(\S+) (\S+) HTTP/1\.1" (\d+) (\d+)$'
    found = (re.match(pattern, line) for line in machine.console.lines[start:])
    return [one.groups() for one in found if one]


def await_earlier_lines(machine):
    """Those of requests before: lines of one instance come in order, and of so many requests each instance gets some."""
    start = len(machine.console.lines)
    for number in range(32):
        get(machine.port, f"/mark-{number}")
    for number in range(32):
        machine.console.await_line(rf"^logger\| .*/mark-{number} ", 30, start)


def every_request_is_logged(_run, machine):
    """Each request of both instances becomes one line, whatever it asked for and however it was answered."""
    await_earlier_lines(machine)
    start = len(machine.console.lines)
    wanted = []
    for number in range(20):
        for url, status in (("/index.html", 200), (f"/nothing-{number}", 404)):
            response = get(machine.port, url)
            check_equal(response.status, status, url)
            wanted.append((url, status, len(response.body)))
    deadline = time.monotonic() + 30
    while len(found := log_lines(machine, start)) < len(wanted) and time.monotonic() < deadline:
        time.sleep(0.05)
    check(not [line for line in machine.console.lines[start:] if "records lost" in line], "records lost at 40 requests")
    check_equal(sorted((path, int(status), int(size)) for _, _, _, path, status, size in found), sorted(wanted), "log")
    check_equal({(address, method) for address, _, method, _, _, _ in found}, {("10.0.2.2", "GET")}, "who asked, and how")
    when = datetime.datetime.strptime(found[0][1], "%d/%b/%Y:%H:%M:%S %z")
    check(abs((when - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 60, f"the time of a line: {when}")


def give_the_host(address):
    """An IPv6 address beside its own, in the network that the manifest names."""
    made = command("ip", "-6", "address", "replace", f"{address}/64", "dev", TAP, "nodad", may_fail=True)
    if made.returncode != 0:
        raise Skip(f"no IPv6 here: {made.stderr.strip()}")


def over_ip6(run, machine):
    """The same files at the IPv6 address, from ports of both instances."""
    give_the_host("fd00::2")
    for number, (url, path) in enumerate(site_files(run) * 2):
        with Connection(("fd00::15", 80), source=22000 + 2 * number) as connection:
            response = connection.get(url)
            check_equal((response.status, response.body == path.read_bytes()), (200, True), url)
    said = output_of("curl", "-6", "--silent", "--show-error", "--max-time", "60", "--write-out", "%{http_code} %{remote_ip}",
                     "--output", "/dev/null", "http://[fd00::15]/index.html")
    check_equal(said, "200 fd00::15", "what curl says")
    ended = command("ping", "-6", "-c", "3", "-i", "0.2", "-W", "5", "fd00::15", may_fail=True)
    check_equal(ended.returncode, 0, f"ping: {ended.stdout.strip().splitlines()[-2:]}")
    machine.console.await_line(r"^web\.1\| listening on http://\[fd00::15\]/$", 10)


def advertise(prefix):
    """As a router would, to all on the link."""
    message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 0, 0, 0)
    message += struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(socket.AF_INET6, prefix)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as router:
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex(TAP))
        router.sendto(message, ("ff02::1", 0))


def address_from_a_router(_run, machine):
    """`status` has "auto": it takes the prefix that a router advertises."""
    give_the_host("fd01::2")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not machine.console.matches(r"^status\| listening on http://\[fd01::"):
        try:
            advertise("fd01::")
        except OSError:
            pass  # the host has no link-local address yet
        time.sleep(1)
    address = machine.console.await_line(r"^status\| listening on http://\[(fd01::\S+)\]/$", 1)[1]
    with Connection((address, 80)) as connection:
        check_equal(connection.get("/").status, 200, "a request to the address")


def whole_responses(data, body):
    """How many there are one behind the other, and nothing else."""
    count = 0
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        check(head.startswith(b"HTTP/1.1 200 "), f"no response, but {head[:60]!r}")
        check(rest.startswith(body), f"only {len(rest)} of {len(body)} bytes of a response")
        data, count = rest[len(body):], count + 1
    return count


def stop_in_order(run):
    """Ctrl-C: who is owed a response gets all of it, nobody is served anew, and then the machine goes off."""
    machine = Machine(run.place, BOOT)
    try:
        machine.await_start()
        url, path = max(site_files(run), key=lambda file: file[1].stat().st_size)
        with Connection(machine.port) as idle, Connection(machine.port, 60) as busy:
            idle.get("/")
            for _ in range(REQUESTS):  # more than all buffers between here and there hold
                busy.request(url)
            check_equal(busy.read_response().body == path.read_bytes(), True, "the first response")
            machine.console.process.send_signal(signal.SIGINT)
            for name in ("web.0", "web.1"):
                machine.console.await_line(rf"^{name}\| no new connections", 20)
            check(idle.at_end(), "an idle connection stays")
            try:
                late = get(machine.port)
                raise AssertionError(f"a new connection is answered {late.status}")
            except OSError:
                pass
            except AssertionError as error:
                check("is answered" not in str(error), error)
            check(1 <= whole_responses(busy.rest(), path.read_bytes()) < REQUESTS - 1, "all requests are answered, or none")
        check_equal(machine.console.await_end(40), 0, "exit status")
        for line in (r"^web\.0\| all connections have ended", r"^web\.1\| all connections have ended", r"^root\| powering off"):
            check(machine.console.matches(line), f"no console line like /{line}/")
    finally:
        machine.stop()


def stop_at_once(run):
    """A second Ctrl-C does not wait for who does not end."""
    machine = Machine(run.place, BOOT)
    try:
        machine.await_start()
        with Connection(machine.port) as silent:
            silent.send(b"GET / HTTP/1.1\r\n")  # and never the rest
            machine.console.process.send_signal(signal.SIGINT)
            machine.console.await_line(r"^exo\| stopping; environments have 20 s", 20)
            started = time.monotonic()
            machine.console.process.send_signal(signal.SIGINT)
            check_equal(machine.console.await_end(30), 0, "exit status")
            check(time.monotonic() - started < 15, "it waits all the same")
    finally:
        machine.stop()


TESTS = [Test("instances every one serves", every_instance_serves, BOOT),
         Test("instances every request is logged", every_request_is_logged, BOOT),
         Test("instances stop in good order", stop_in_order), Test("instances stop at once", stop_at_once),
         Test("instances by the client's port", by_the_clients_port, TAP_BOOT),
         Test("instances a neighbour that does not ask", neighbour_that_does_not_ask, TAP_BOOT),
         Test("instances pings", pings, TAP_BOOT),
         Test("instances over IPv6", over_ip6, TAP_BOOT),
         Test("instances address from a router", address_from_a_router, TAP_BOOT)]
