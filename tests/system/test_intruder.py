# SPDX-License-Identifier: MIT
"""The intruder's attacks, one result each. It says itself what it met; tests/attack/expected.txt says
what it must meet, so that an attack that is dropped or expects something else is seen."""
from harness import Boot, Test, check, check_equal

LINE = r"^intruder\| attack (.+?): (.*)$"
REFUSED = r"^intruder\| (?:intruder: )?(\d+) attacks, (\d+) refused"
LEAST = 40


def expected(run):
    """NAME -> what it is refused with."""
    path = run.place.source / "tests/attack/expected.txt"
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(map(str.strip, line.rsplit(":", 1)) for line in lines)


def attacks(run, machine):
    summary = machine.console.await_line(REFUSED, 60)
    found = {match[1]: match[2] for match in machine.console.matches(LINE)}
    wanted = expected(run)
    for name in list(wanted) + [name for name in found if name not in wanted]:
        report(run, name, found.get(name), wanted.get(name))
    check_equal(summary[1], summary[2], "attacks and refused attacks")
    check(int(summary[1]) > LEAST, f"only {summary[1]} attacks")
    check_equal(len(found), int(summary[1]), "lines of attacks")


def report(run, name, found, wanted):
    if found is None:
        run.say("FAIL", f"attack {name}", ": was not tried")
    elif wanted is None:
        run.say("FAIL", f"attack {name}", f": {found}; tests/attack/expected.txt does not know it")
    elif found != f"refused ({wanted})":
        run.say("FAIL", f"attack {name}", f": {found}, expected refused ({wanted})")
    else:
        run.say("PASS", f"attack {name}", f" ({wanted})")


def others_are_well(_run, machine):
    """After the attacks every other environment still runs."""
    machine.console.await_line(REFUSED, 60)
    ended = machine.console.matches(r"^root\| (web|status) ended: .*")
    check(not ended, ended[0].group() if ended else "")


TESTS = [Test("attacks", attacks, Boot()), Test("attacks harmed nobody", others_are_well, Boot())]
