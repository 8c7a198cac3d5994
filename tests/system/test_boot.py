# SPDX-License-Identifier: MIT
"""The default image starts on both boards, with one, two and four CPUs, and every part of it speaks."""
from harness import Boot, Test, check_equal
from http_client import get

EXPECTED = [r"^aegis\| boot: Aegis", r"^root\| image web: 3 environments, {cpus} CPU", r"^root\| web: ", r"^root\| intruder: ",
            r"^web\| listening on http://10\.0\.2\.15/", r"^status\| listening on http://10\.0\.2\.16/", r"^intruder\| "]


def boots(_run, machine):
    for pattern in EXPECTED:
        machine.console.await_line(pattern.format(cpus=machine.boot.cpus), 30)
    check_equal(get(machine.port).status, 200, "web's start page")
    check_equal(get(machine.ports["status"]).status, 200, "status's start page")


TESTS = [Test(f"boot web {board} {cpus} CPU{'s' if cpus > 1 else ''}", boots, Boot(board=board, cpus=cpus))
         for board, all_cpus in (("microvm", (1, 2, 4)), ("q35", (1, 4, 2))) for cpus in all_cpus]
