# SPDX-License-Identifier: MIT
"""Clients that others wrote, over a TAP: curl, wrk, ApacheBench, h2load (as HTTP/1.1). None may see an error."""
import hashlib
import re
import shutil
import subprocess

from harness import Boot, Test, check, check_equal
from network import Skip
from site_files import largest_file, site_files

TAP_BOOT = Boot(tap=True)


def output_of(*words, timeout=300):
    if shutil.which(words[0]) is None:
        raise Skip(f"{words[0]} is not installed")
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           errors="replace", timeout=timeout)
    check_equal(ended.returncode, 0, f"exit status of {words[0]} ({ended.stdout[-300:]})")
    return ended.stdout


def number_in(text, pattern):
    found = re.search(pattern, text)
    check(found, f"no /{pattern}/ in {text[-500:]!r}")
    return int(found[1])


def url_of(machine, path="/"):
    return f"http://{machine.port[0]}:{machine.port[1]}{path}"


def curl_files(run, machine):
    """All files over one connection, and each over one of its own."""
    files, folder = site_files(run), run.place.temporary
    for more in ([], ["--header", "Connection: close"]):
        words = [word for number, (url, _) in enumerate(files)
                 for word in ("--output", str(folder / f"curl-{number}"), url_of(machine, url))]
        output_of("curl", "--silent", "--show-error", "--fail", "--max-time", "120", *more, *words)
        for number, (url, path) in enumerate(files):
            found = hashlib.sha256((folder / f"curl-{number}").read_bytes()).hexdigest()
            check_equal(found, hashlib.sha256(path.read_bytes()).hexdigest(), f"SHA-256 of {url}")


def curl_parallel(run, machine):
    """Fifty at a time."""
    url, size = largest_file(run)
    written = output_of("curl", "--silent", "--no-progress-meter", "--fail", "--parallel", "--parallel-max", "50", "--max-time",
                        "250", "--output", "/dev/null", "--write-out", "%{size_download}\n",
                        f"{url_of(machine, url)}?[1-100]")
    sizes = [word for word in written.split() if word == str(size)]
    check_equal(len(sizes), 100, f"answers of {size} bytes")


def counted(name):
    """A counter of the namespace's TCP."""
    return number_in(output_of("nstat", "-asz", name), rf"{name}\s+(\d+)")


def nothing_is_lost(run, machine):
    """Sixteen at a time want more than the card takes at once: what has no room waits, and is not thrown away. Unless
    Linux itself dropped something, nothing comes out of order then."""
    names = ("TcpExtTCPOFOQueue", "TcpExtTCPBacklogDrop", "TcpExtTCPRcvQDrop", "TcpExtPruneCalled")
    before = [counted(name) for name in names]
    said = output_of("wrk", "--threads", "1", "--connections", "16", "--duration", "4s", "--timeout", "30s",
                     url_of(machine, largest_file(run)[0]))
    check("Socket errors" not in said and "Non-2xx" not in said, said)
    early, *dropped = (counted(name) - was for name, was in zip(names, before))
    run.note(f"{number_in(said, r'([0-9]+) requests in')} requests; out of order: {early}, dropped by Linux: {sum(dropped)}")
    check(early == 0 or sum(dropped) > 0, f"{early} segments came before their turn")


def wrk(run, machine):
    said = output_of("wrk", "--threads", "1", "--connections", "16", "--duration", "3s", "--timeout", "30s", url_of(machine))
    check("Socket errors" not in said and "Non-2xx" not in said, said)
    done = number_in(said, r"(\d+) requests in")
    check(done > 0, said)
    run.note(f"wrk, 16 connections: {done} requests in 3 s")


def apache_bench(keep):
    def test(run, machine):
        said = output_of("ab", "-q", "-n", "1000", "-c", "20", "-s", "60", *(["-k"] if keep else []), url_of(machine))
        check_equal(number_in(said, r"Complete requests:\s+(\d+)"), 1000, "requests done")
        check_equal(number_in(said, r"Failed requests:\s+(\d+)"), 0, "requests failed")
        check("Non-2xx" not in said, said)
    return test


def h2load(run, machine):
    said = output_of("h2load", "--h1", "-n", "1000", "-c", "10", "-t", "1", url_of(machine))
    check_equal(number_in(said, r"(\d+) succeeded"), 1000, "requests that succeeded")
    check_equal(number_in(said, r"(\d+) failed"), 0, "requests that failed")
    check_equal(number_in(said, r"(\d+) 2xx"), 1000, "answers 2xx")


TESTS = [Test("clients curl, every file", curl_files, TAP_BOOT),
         Test("clients curl, fifty at a time", curl_parallel, TAP_BOOT),
         Test("clients wrk", wrk, TAP_BOOT),
         Test("clients wrk, nothing is lost", nothing_is_lost, TAP_BOOT),
         Test("clients ab", apache_bench(False), TAP_BOOT),
         Test("clients ab, keep-alive", apache_bench(True), TAP_BOOT),
         Test("clients h2load, HTTP/1.1", h2load, TAP_BOOT)]
