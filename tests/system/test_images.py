# SPDX-License-Identifier: MIT
"""A damaged image or disk is refused, by the host and by the kernel, each with both checksums."""
import pathlib
import re
import shutil

from harness import Test, check, check_equal
from kernel_image import archive_offset
from machine import bare_machine

SUMS = r"checksum.* ([0-9a-f]{8}), expected ([0-9a-f]{8})"


def damaged_copy(run, name, choose):
    """A copy of web's image and disk with one bit flipped at the offset that `choose` answers."""
    image = run.place.temporary / f"{name}.elf"
    data = bytearray(pathlib.Path(run.place.image("web")).read_bytes())
    data[choose(data)] ^= 1
    image.write_bytes(data)
    shutil.copy(run.place.build / "web.disk", image.with_suffix(".disk"))
    return str(image)


def refused_by_exo(choose, expected=SUMS):
    def test(run):
        refused = run.place.run_exo("run", damaged_copy(run, "damaged", choose))
        check_equal(refused.returncode, 2, "exit status")
        lines = (refused.stdout + refused.stderr).splitlines()
        check_equal(len(lines), 1, f"lines of {lines}")
        match_sums(lines[0], expected)
        check_equal(len(run.place.run_exo("ps", "-a").stdout.splitlines()), 1, "lines of exo ps -a")
    return test


def match_sums(line, expected):
    found = re.search(expected, line)
    check(found, f"no /{expected}/ in {line!r}")
    check(not found.groups() or found[1] != found[2], f"the two checksums are equal: {line!r}")


def refused_by_kernel(choose, expected):
    def test(run):
        console = bare_machine(run.place, damaged_copy(run, "damaged", choose))
        try:
            check_equal(console.await_end(60), 35, "exit status of QEMU")
            match_sums(console.await_line(expected, 1).group(), expected)
            check(not console.matches(r"^root\|"), "the root environment ran")
        finally:
            console.stop()
    return test


def damaged_disk(run):
    image = run.place.temporary / "disk.elf"
    shutil.copy(run.place.image("web"), image)
    data = bytearray((run.place.build / "web.disk").read_bytes())
    at = data.rindex((run.place.source / "examples/web/site/index.html").read_bytes()[:64])
    data[at + 10] ^= 1
    image.with_suffix(".disk").write_bytes(data)
    refused = run.place.run_exo("run", str(image))
    check_equal(refused.returncode, 2, f"exit status ({refused.stderr.strip()})")
    match_sums((refused.stdout + refused.stderr).strip(), SUMS)


def not_an_image(run):
    path = run.place.temporary / "none.elf"
    path.write_bytes(b"\x7fELF" + bytes(5000))
    refused = run.place.run_exo("run", str(path))
    check_equal((refused.returncode, "not an image" in refused.stderr), (2, True), refused.stderr.strip())


def in_archive(data):
    return len(data) - 5000


def in_archive_header(data):
    return archive_offset(data) + 12


def in_kernel(data):
    return archive_offset(data) // 2


TESTS = [Test("image damaged archive refused by exo", refused_by_exo(in_archive)),
         Test("image damaged kernel refused by exo", refused_by_exo(in_kernel)),
         Test("image damaged header refused by exo", refused_by_exo(in_archive_header, "boot archive is damaged")),
         Test("image not an image refused by exo", not_an_image),
         Test("image damaged disk refused by exo", damaged_disk),
         Test("image damaged archive refused by the kernel", refused_by_kernel(in_archive, rf"^aegis\| image: {SUMS}")),
         Test("image damaged header refused by the kernel", refused_by_kernel(in_archive_header, r"^aegis\| panic: .*header is damaged"))]
