# SPDX-License-Identifier: MIT
"""The bench measures what it says, and counts the same instructions whenever it runs."""
import re

from harness import Test, check, check_equal


def counted(run, only):
    """{row: instructions in all} of one run."""
    ended = run.place.run_exo("bench", "primitives", "--only", only, timeout=300)
    check_equal(ended.returncode, 0, f"exit status of exo bench ({(ended.stdout + ended.stderr)[-500:]})")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in ended.stdout.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): float(row[4]) for row in rows}


def deterministic(run):
    first, second = counted(run, "null"), counted(run, "null")
    check_equal(list(first), ["null"], "rows of --only null")
    check(20 < first["null"] < 2000, f"a null call of {first['null']} instructions")
    check_equal(first, second, "counts of two runs")


def devices(run):
    """Rows that need the disk and the other end of the wire."""
    for only, row in (("disk", "disk-submit"), ("receive", "receive-packet")):
        rows = counted(run, only)
        check(rows.get(row, 0) > 50, f"{row} took {rows.get(row)} instructions")


def wrong_row(run):
    ended = run.place.run_exo("bench", "primitives", "--only", 'x"')
    check_equal(ended.returncode, 2, "exit status")
    check(re.search("not the beginning of a row", ended.stdout + ended.stderr), ended.stdout + ended.stderr)


TESTS = [Test("bench: counts repeat", deterministic), Test("bench: devices", devices), Test("bench: wrong name", wrong_row)]
