# SPDX-License-Identifier: MIT
"""What is sent of a file: parts of it, nothing when the client has it already, and what may be asked at all."""
from harness import Boot, Test, check, check_equal
from http_client import Connection
from site_files import site_files


def largest(run):
    url, path = max(site_files(run), key=lambda item: item[1].stat().st_size)
    return url, path.read_bytes()


def ask(connection, url, *fields, method="GET"):
    return connection.get(url, method=method, headers=(("Host", "test"), *fields))


def ranges(run, machine):
    url, whole = largest(run)
    size = len(whole)
    with Connection(machine.port) as connection:
        for field, part in (("0-0", whole[:1]), ("100-4999", whole[100:5000]), ("-7", whole[-7:]), (f"{size - 3}-", whole[-3:]),
                            ("10-30,20-40", whole[10:41])):
            response = ask(connection, url, ("Range", "bytes=" + field))
            check_equal(response.status, 206, field)
            check(response.body == part, f"the bytes of {field}")
        check_equal(ask(connection, url, ("Range", f"bytes={size}-")).status, 416, "behind the end")


def several_ranges(run, machine):
    url, whole = largest(run)
    with Connection(machine.port) as connection:
        response = ask(connection, url, ("Range", "bytes=0-99,5000-5999,-10"))
        check_equal(response.status, 206, "status")
        boundary = response.headers["content-type"].split("boundary=")[1].encode()
        parts = response.body.split(b"\r\n--" + boundary)
        check_equal([p.split(b"\r\n\r\n", 1)[1] for p in parts[1:-1]], [whole[:100], whole[5000:6000], whole[-10:]], "the parts")
        check_equal(parts[-1], b"--\r\n", "the end")


def conditions(_run, machine):
    with Connection(machine.port) as connection:
        first = ask(connection, "/")
        tag, modified = first.headers["etag"], first.headers["last-modified"]
        check_equal(ask(connection, "/", ("If-None-Match", tag)).status, 304, "If-None-Match")
        check_equal(ask(connection, "/", ("If-Modified-Since", modified)).status, 304, "If-Modified-Since")
        check_equal(ask(connection, "/", ("If-None-Match", '"other"')).status, 200, "another tag")
        check_equal(ask(connection, "/", ("If-Match", '"other"')).status, 412, "If-Match")
        check_equal(ask(connection, "/", ("Range", "bytes=0-1"), ("If-Range", tag)).status, 206, "If-Range")
        check_equal(ask(connection, "/", ("Range", "bytes=0-1"), ("If-Range", '"other"')).status, 200, "If-Range of another")


def chunks_and_expectations(_run, machine):
    for status, fields in ((411, b"Transfer-Encoding: chunked\r\n"), (501, b"Transfer-Encoding: gzip\r\n"),
                           (405, b"Content-Length: 9\r\nExpect: 100-continue\r\n"), (417, b"Expect: wonders\r\n")):
        with Connection(machine.port) as connection:
            connection.send(b"POST / HTTP/1.1\r\nHost: test\r\n" + fields + b"\r\n")
            check_equal(connection.read_response().status, status, fields.decode())
            check(connection.at_end(), "the connection goes on")


BOOT = Boot()
TESTS = [Test(f"answers {name}", function, BOOT) for name, function in (
    ("ranges", ranges), ("several ranges", several_ranges), ("conditions", conditions),
    ("chunks and expectations", chunks_and_expectations))]
