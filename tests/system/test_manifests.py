# SPDX-License-Identifier: MIT
"""Bad input: one line with file, line and what to do; exit status 2; nothing started."""
import re

from harness import Test, check, check_equal

# name, what is replaced in examples/web/exo.toml, by what, what the line says
CASES = [
    ("unknown key", 'memory = "16M"', 'memory = "16M"\nmemroy = "16M"', r'unknown key "memroy".*did you mean "memory"'),
    ("unknown key far off", "[machine]", "[machine]\ncolour = 3", r'unknown key "colour".*it may have'),
    ("missing program", 'program = "cheetah"', 'program = "cheetha"', r'program "cheetha" is missing; .+'),
    ("two owners of one address", '"10.0.2.16/24"', '"10.0.2.15/24"', r'10\.0\.2\.15 belongs to "web" already; .+'),
    ("two owners of one port", "publish = 8081", "publish = 8080", r'8080.* belongs to "web" already; .+'),
    ("two of one name", 'name = "status"', 'name = "web"', r'second environment "web"; .+'),
    ("no root", 'name = "root"', 'name = "toor"', r'no environment "root"; .+'),
    ("more memory than there is", 'memory = "8M"', 'memory = "1G"', r'"status" asks for 1G .* are left .*; .+'),
    ("more used than there is", "[machine]", '[machine]\nuse = "1G"', r"use is more than the machine has; .+"),
    ("more memory than is used", "[machine]", '[machine]\nuse = "32M"', r'asks for .* are left of 32M .*; .+'),
    ("more disk than there is", 'size = "16M"', 'size = "1G"', r"1G at .* not fit the disk of 64M; .+"),
    ("more slices than there are", "count = 36", "count = 63", r'"web" claims 63 slices .*; .+'),
    ("wrong filter", "port = 80\n", 'port = 80\nreceive = "tpc port 80"\n', r"receive: .*; .+"),
    ("wrong egress filter", "port = 80\n", 'port = 80\nsend = "ip and"\n', r"send: .*; .+"),
    ("wrong address", '"10.0.2.15/24"', '"10.0.2.333/24"', r'"10\.0\.2\.333/24" is not an address; .+'),
    ("gateway elsewhere", 'gateway = "10.0.2.2"', 'gateway = "10.9.2.2"', r"gateway is not in the network of .*; .+"),
    ("missing site", 'site = "SITE"', 'site = "gone"', r'site folder "gone" is missing; .+'),
    ("wrong size", 'memory = "16M"', 'memory = "16 apples"', r"memory is not a size; .+"),
    ("wrong type", "count = 36", 'count = "many"', r"count must be a whole number; .+"),
    ("unknown capability", '"machine"]', '"machines"]', r'unknown capability "machines"; .+'),
    ("wrong TOML", "[machine]", "[machine", r".+; .+"),
    ("no slices", "slices = [{ cpu = 0, count = 36 }]", "", r'slices.*; .+|has no slices.*; .+'),
]


def refused(old, new, expected):
    def test(run):
        good = (run.place.source / "examples/web/exo.toml").read_text()
        site = str(run.place.source / "examples/web/site")
        check(old == 'site = "SITE"' or old in good, f"examples/web/exo.toml has no {old!r}: correct this test")
        text = good.replace('site = "site"', f'site = "{site}"' if "SITE" not in old else new).replace(old, new, 1)
        path = run.place.temporary / "exo.toml"
        path.write_text(text)
        for verb in ("build", "run"):
            expect_one_line(run, run.place.run_exo(verb, str(path)), path, text, expected)
    return test


def expect_one_line(run, ended, path, text, expected):
    lines = (ended.stdout + ended.stderr).splitlines()
    check_equal(len(lines), 1, f"number of lines of {lines}")
    check_equal(ended.returncode, 2, f"exit status ({lines[0]})")
    found = re.fullmatch(rf"(\S*{path.name}):(\d+): (.*)", lines[0])
    check(found, f"not FILE:LINE: what: {lines[0]!r}")
    check(1 <= int(found[2]) <= len(text.splitlines()) + 1, f"line {found[2]} is not in the file")
    check(re.search(expected, found[3]), f"no /{expected}/ in {lines[0]!r}")
    check_equal(run.place.run_exo("ps", "-a").stdout.count("\n"), 1, "lines of exo ps -a")


# what, arguments behind `exo run IMAGE`, what the line says
OPTIONS = [
    ("too little memory", ("-m", "24M"), r"asks for .* are left .*give the machine more with -m"),
    ("memory that is none", ("-m", "lots"), r"-m lots: .*; .+"),
    ("NVMe on microvm", ("--machine", "microvm", "--disk-type", "nvme"), r"microvm has no PCI; .+"),
    ("publish nothing", ("-p", "8080:nobody"), r'"nobody".*; .+'),
    ("publish on a TAP", ("--tap", "lo", "-p", "8080:web"), r"-p 8080:web: nothing is forwarded with --tap; .+"),
    ("TAP that is missing", ("--tap", "no-such-tap"), r"--tap no-such-tap: no such interface; .*ip tuntap add"),
    ("TAP without a card", ("--tap", "lo", "--nic", "none"), r"--tap lo: .* --nic none; .+"),
    ("too many CPUs", ("--cpus", "17"), r"--cpus.*see"),
    ("disk that is missing", ("--disk", "/gone.disk"), r"/gone\.disk"),
]


def bad_option(arguments, expected):
    def test(run):
        ended = run.place.run_exo("run", run.place.image("web"), *arguments)
        lines = (ended.stdout + ended.stderr).splitlines()
        check_equal((ended.returncode, len(lines)), (2, 1), f"exit status and number of lines of {lines}")
        check(re.search(expected, lines[0]), f"no /{expected}/ in {lines[0]!r}")
    return test


TESTS = [Test(f"bad manifest: {name}", refused(old, new, expected)) for name, old, new, expected in CASES] + \
        [Test(f"bad option: {name}", bad_option(arguments, expected)) for name, arguments, expected in OPTIONS]
