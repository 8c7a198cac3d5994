# SPDX-License-Identifier: MIT
"""The model of the revocation protocol, checked exhaustively by Spin; and mistakes planted in it, each of which has to
violate what it should by name."""
import pathlib
import subprocess
import tempfile
import time
from dataclasses import dataclass

MODEL = pathlib.Path(__file__).resolve().parent / "revocation.pml"
LIVENESS = "acceptance cycle"  # a run in which `done` never comes


@dataclass(frozen=True)
class Check:
    name: str
    defines: tuple = ()
    violates: str = ""  # what Spin says first; empty: nothing may be violated


CHECKS = [
    Check("spin: a demand is met by who cannot pin more than it is guaranteed, whatever it does"),
    Check("spin: a demand is met, or who pins everything is ended", ("PINS=FRAMES",)),
    Check("spin defect: a chosen frame may be mapped again", ("DEFECT=1",), LIVENESS),
    Check("spin defect: a chosen frame may be pinned again", ("DEFECT=2",), LIVENESS),
    Check("spin defect: force goes on when the demand is met", ("DEFECT=3",), "used>=keep"),
    Check("spin defect: a demand that the environment met is not noticed", ("DEFECT=4",), "assertion"),
    Check("spin defect: what others map stays for ever", ("DEFECT=5",), LIVENESS),
    Check("spin defect: taken without a word", ("DEFECT=6",), "recorded==taken"),
    Check("spin defect: a frame that was not needed stays chosen", ("DEFECT=7",), "!(leaving[i])"),
    Check("spin defect: more may be pinned than is guaranteed", ("FRAMES=2", "PINS=FRAMES", "DEFECT=8"), "assertion"),
]


def run(check):
    """(ok, lines, seconds), where a line is (bad, text)."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="spin.") as folder:
        try:
            found, states = _verify(check, folder)
        except (OSError, subprocess.SubprocessError) as error:
            return False, [(True, f"  {error}")], time.monotonic() - started
    ok = check.violates.replace(" ", "") in found.replace(" ", "") if check.violates else found == ""
    says = f"violated: {found}" if found else f"nothing is violated in {states} states"
    return ok, [(not ok, f"  {says}")], time.monotonic() - started


def _verify(check, folder):
    """The first violation, empty if there is none; and how many states there are."""
    def call(*command):
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=300).stdout

    call("spin", *[f"-D{define}" for define in check.defines], "-a", str(MODEL))
    call("gcc", "-O2", "-w", "-DNFAIR=8", "-DMEMLIM=2000", "-o", "pan", "pan.c")
    said = call("./pan", "-a", "-f", "-m1000000").splitlines()
    found = [line.removeprefix("pan:1: ") for line in said if line.startswith("pan:1: ")]
    whole = not any("Search not completed" in line for line in said)
    if not found and not whole:
        raise subprocess.SubprocessError("the search was not completed")
    states = [line.split()[0] for line in said if "states, stored" in line]
    return (found[0] if found else ""), (states[0] if states else "?")
