# SPDX-License-Identifier: MIT
"""What Cheetah does beyond the protocol: alternatives, pages and redirections of the site, files larger than its
memory, limits. And the same server on Linux."""
import concurrent.futures
import hashlib
import signal
import subprocess
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get, open_many
from machine import die_with_parent, free_ports
from site_files import largest_file, site_files

SITE = "tests/system/sites/cheetah"


def ask(port, url, *fields):
    return get(port, url, headers=(("Host", "test"), *fields))


def alternatives(run, port):
    """What Accept-Encoding chooses; each has a tag of its own, and a conditional request answers to it."""
    tags = set()
    for accept, suffix, coding in (("gzip", ".gz", "gzip"), ("gzip, br", ".br", "br"), ("identity", "", None), ("br;q=0, gzip", ".gz", "gzip")):
        response = ask(port, "/style.css", ("Accept-Encoding", accept))
        check_equal(response.body, (run.place.source / SITE / f"style.css{suffix}").read_bytes(), f"body for {accept}")
        check_equal(response.headers.get("content-encoding"), coding, f"coding for {accept}")
        check_equal(response.headers.get("content-type"), "text/css; charset=utf-8", f"type for {accept}")
        check_equal(response.headers.get("vary"), "Accept-Encoding", f"Vary for {accept}")
        tags.add(response.headers["etag"])
        again = ask(port, "/style.css", ("Accept-Encoding", accept), ("If-None-Match", response.headers["etag"]))
        check_equal(again.status, 304, f"If-None-Match for {accept}")
    check_equal(len(tags), 3, "tags of three alternatives")
    itself = ask(port, "/style.css.gz", ("Accept-Encoding", "gzip"))
    check_equal((itself.headers["content-type"], itself.headers.get("content-encoding")), ("application/gzip", None), "the .gz itself")


def pages(run, port):
    response = get(port, "/nothing/here")
    check_equal(response.status, 404, "status")
    check_equal(response.body, (run.place.source / SITE / "404.html").read_bytes(), "the site's page")
    check_equal(get(port, "/folder").headers["location"], "/folder/", "directory without '/'")
    check_equal(get(port, "/folder/").body, (run.place.source / SITE / "folder/index.html").read_bytes(), "its index")


def redirections(run, port):
    for url, status, place in (("/old", 302, "/index.html"), ("/elsewhere/a/b", 301, "https://example.org/there/a/b")):
        response = get(port, url)
        check_equal((response.status, response.headers["location"]), (status, place), url)
    # The list itself is a file of the site; that somebody asks for it changes nothing.
    check_equal(get(port, "/_redirects").body, (run.place.source / SITE / "_redirects").read_bytes(), "/_redirects")
    check_equal(get(port, "/old").status, 302, "/old afterwards")


def on_machine(test):
    return lambda run, machine: test(run, machine.port)


def larger_than_memory(run, machine):
    """Eight at a time: runs come and go under all of them."""
    port, (url, size) = machine.ports["small"], largest_file(run)
    path = dict(site_files(run))[url]
    wanted = hashlib.sha256(path.read_bytes()).hexdigest()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for response in pool.map(lambda _: get(port, url), range(8)):
            check_equal((response.status, len(response.body)), (200, size), url)
            check_equal(hashlib.sha256(response.body).hexdigest(), wanted, f"SHA-256 of {url}")
    for first, last in ((0, 0), (65_000, 66_000), (size - 70_000, size - 1)):
        part = ask(port, url, ("Range", f"bytes={first}-{last}"))
        check_equal(part.body, path.read_bytes()[first:last + 1], f"bytes {first} to {last}")
    for other, file in site_files(run):
        check_equal(get(port, other).body, file.read_bytes(), other)


def connections_of_one_address(_run, machine):
    """40 connections may be there; more are reset, and others take their place when they have gone."""
    taken = open_many(machine.port, 40)
    try:
        refused = 0
        for _ in range(3):
            try:
                get(machine.port)
            except (AssertionError, OSError):
                refused += 1
        check(refused > 0, "a 41st connection of one address is served")
    finally:
        for connection in taken:
            connection.socket.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            return check_equal(get(machine.port).status, 200, "a request afterwards")
        except (AssertionError, OSError):
            time.sleep(0.2)
    raise AssertionError("nobody is served after 40 connections have gone")


def idle_connections_end(_run, machine):
    with Connection(machine.port) as connection:
        connection.get("/")
        started = time.monotonic()
        check(connection.at_end(), "an idle connection stays")
        check(time.monotonic() - started > 1, "an idle connection ends at once")


class Linux:
    """build/cheetah-linux with a folder, for as long as the block lasts."""

    def __init__(self, run, folder):
        self.port = free_ports(1)[0]
        command = [run.place.build / "cheetah-linux", "--port", str(self.port), "--root", run.place.source / folder]
        self.process = subprocess.Popen(command, preexec_fn=die_with_parent)

    def __enter__(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                get(self.port)
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("cheetah-linux does not answer")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def on_linux(test):
    def run_it(run):
        with Linux(run, SITE) as server:
            test(run, server.port)
    return run_it


def linux_files(run):
    with Linux(run, "examples/web/site") as server:
        for url, path in site_files(run):
            check_equal(get(server.port, url).body, path.read_bytes(), url)
            with Connection(server.port) as connection:
                for _ in range(3):
                    check_equal(connection.get(url).body, path.read_bytes(), f"{url} again")


def linux_shut_down(run):
    """SIGTERM: who is in the middle of a response gets all of it."""
    url, size = largest_file(run)
    with Linux(run, "examples/web/site") as server, Connection(server.port) as connection:
        connection.send(f"GET {url} HTTP/1.1\r\nHost: test\r\n\r\n".encode() * 4)
        check(connection.socket.recv(1), "no answer")
        server.process.send_signal(signal.SIGTERM)
        got = 1
        while data := connection.socket.recv(65536):
            got += len(data)
        check(got > size, f"only {got} bytes came")
        connection.socket.close()
        check_equal(server.process.wait(30), 0, "its exit status")


BOOT = Boot("test-cheetah", cpus=1)
SHARED = (("alternatives", alternatives), ("pages of the site", pages), ("redirections", redirections))
TESTS = [*(Test(f"cheetah {name}", on_machine(test), BOOT) for name, test in SHARED),
         Test("cheetah file larger than its memory", larger_than_memory, BOOT),
         Test("cheetah connections of one address", connections_of_one_address, BOOT),
         Test("cheetah idle connections end", idle_connections_end, BOOT),
         *(Test(f"cheetah-linux {name}", on_linux(test)) for name, test in SHARED),
         Test("cheetah-linux every file", linux_files), Test("cheetah-linux ends when all is said", linux_shut_down)]
