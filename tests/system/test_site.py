# SPDX-License-Identifier: MIT
"""Every file of the site arrives as it was, from a disk through two stacks of our own."""
import email.utils
import hashlib
import time

from harness import Boot, Test, check, check_equal
from http_client import Connection, get
from site_files import site_files

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".png": "image/png",
         ".svg": "image/svg+xml", ".txt": "text/plain", ".json": "application/json", ".jpg": "image/jpeg"}


def every_file(run, machine):
    for url, path in site_files(run):
        response = get(machine.port, url)
        check_equal(response.status, 200, url)
        check_equal(hashlib.sha256(response.body).hexdigest(), hashlib.sha256(path.read_bytes()).hexdigest(), f"SHA-256 of {url}")


def types(run, machine):
    for url, path in site_files(run):
        if path.suffix in TYPES:
            found = get(machine.port, url).headers.get("content-type", "")
            check(found.startswith(TYPES[path.suffix]), f"{url}: content type {found!r}")


def head(run, machine):
    """The same header as for GET, no body, and the connection goes on."""
    with Connection(machine.port) as connection:
        for url, path in site_files(run):
            response = connection.get(url, method="HEAD")
            check_equal(response.status, 200, f"HEAD {url}")
            check_equal(response.headers.get("content-length"), str(path.stat().st_size), f"length of {url}")
        check_equal(connection.get("/").status, 200, "GET after HEAD")


def index(run, machine):
    wanted = (run.place.source / "examples/web/site/index.html").read_bytes()
    check_equal(get(machine.port, "/").body, wanted, "/")
    check_equal(get(machine.port, "/?a=b").body, wanted, "/?a=b")


def date(_run, machine):
    """A clock that somebody has set: within a day of ours."""
    written = get(machine.port).headers.get("date", "")
    check(written, "no Date in the header")
    apart = abs(email.utils.parsedate_to_datetime(written).timestamp() - time.time())
    check(apart < 86400, f"Date is {written!r}, {apart:.0f} s from ours")


BOOT = Boot()
TESTS = [Test(f"site {name}", function, BOOT) for name, function in (
    ("every file by SHA-256", every_file), ("content types", types), ("HEAD", head), ("start page", index), ("Date", date))]
