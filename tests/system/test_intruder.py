# SPDX-License-Identifier: MIT
"""The intruder's attacks. It says itself what it met; tests/attack/expected.txt says what it must meet,
so that an attack that is dropped or expects something else is seen. In examples/attack it has a part of
the disk and an address to start from, and each attack is a result of its own."""
import re

from harness import Boot, Test, check, check_equal
from machine import Machine

LINE = r"^intruder\| attack (.+?): (.*)$"
SUMMARY = r"^intruder\| intruder: (\d+) attacks, (\d+) refused"
LEAST = 40
LIMIT = 90  # seconds for all attacks


def expected(run, image):
    """NAME -> what it is refused with in that image; `IMAGE/NAME: ANSWER` goes before `NAME: ANSWER`."""
    path = run.place.source / "tests/attack/expected.txt"
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    pairs = dict(map(str.strip, line.rsplit(":", 1)) for line in lines if line)
    plain = {name: answer for name, answer in pairs.items() if "/" not in name}
    own = {name.split("/")[1]: answer for name, answer in pairs.items() if name.startswith(f"{image}/")}
    return {name: answer for name, answer in (plain | own).items() if answer != "not tried"}


def outcomes(run, console, image):
    """(name, problem or "", answer) of every attack that was tried or should have been."""
    found = {match[1]: match[2] for match in console.matches(LINE)}
    wanted = expected(run, image)
    for name in list(wanted) + [name for name in found if name not in wanted]:
        answer = re.sub(r", \d+ tries\)$", ")", found.get(name, "was not tried"))
        if name not in wanted:
            yield name, f"{answer}; tests/attack/expected.txt does not know it", answer
        else:
            yield name, "" if answer == f"refused ({wanted[name]})" else f"{answer}, expected refused ({wanted[name]})", answer


def check_summary(console):
    summary = console.await_line(SUMMARY, LIMIT)
    check_equal(summary[1], summary[2], "attacks and refused attacks")
    check(int(summary[1]) > LEAST, f"only {summary[1]} attacks")
    check_equal(len(console.matches(LINE)), int(summary[1]), "lines of attacks")


def each_attack(run):
    machine = Machine(run.place, Boot("attack"))
    try:
        try:
            check_summary(machine.console)
        finally:
            for name, problem, answer in outcomes(run, machine.console, "attack"):
                run.say("FAIL" if problem else "PASS", f"attack {name}", f": {problem}" if problem else f": {answer}")
        machine.check_health()
    except Exception:
        for line in machine.last_lines(5):
            run.note(line)
        raise
    finally:
        machine.stop()


def in_default_image(run, machine):
    """Where it has neither disk nor address."""
    check_summary(machine.console)
    problems = [f"{name}: {problem}" for name, problem, _ in outcomes(run, machine.console, "web") if problem]
    for problem in problems:
        run.note(problem)
    check(not problems, f"{len(problems)} of the answers are not as expected; the first: {''.join(problems[:1])}")


def others_are_well(_run, machine):
    """After the attacks every other environment still runs."""
    machine.console.await_line(SUMMARY, LIMIT)
    ended = machine.console.matches(r"^root\| \w+ ended: .*")
    check(not ended, ended[0].group() if ended else "")


TESTS = [Test("attacks with a disk and an address", each_attack), Test("attacks in the default image", in_default_image, Boot()),
         Test("attacks harmed nobody", others_are_well, Boot())]
