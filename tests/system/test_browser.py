# SPDX-License-Identifier: MIT
"""A browser that others wrote loads a page of a hundred files: style sheets, scripts, images. The page counts itself
what came and works, and says so; a picture of it stays in the build folder, as browser.png. Debian's chromium is large:
`exo test --long` installs it, and where it is missing the test is skipped."""
import re
import shutil
import struct
import subprocess
import zlib

from harness import Boot, Test, check, check_equal
from machine import Machine, die_with_parent
from network import Skip

STYLES, SCRIPTS, IMAGES = 30, 30, 40
FILES = STYLES + SCRIPTS + IMAGES
PATIENCE = 180  # seconds for the browser from start to end
NAME = "test-browser"

MANIFEST = """name = "test-browser"
[machine]
memory = "128M"
disk = "32M"
[[env]]
name = "root"
program = "root"
memory = "4M"
slices = [{ cpu = 0, count = 4 }]
capabilities = ["console", "time", "ledger", "machine"]
[[env]]
name = "web"
program = "cheetah"
memory = "16M"
slices = [{ cpu = 0, count = 50 }]
capabilities = ["console", "time"]
[env.extent]
size = "16M"
site = "site"
[env.network]
address = "10.0.2.15/24"
gateway = "10.0.2.2"
port = 80
"""

# What is not there, or is not what it should be, does not count.
COUNT = """
addEventListener("load", () => {
  const style = getComputedStyle(document.documentElement);
  let styles = 0, images = 0;
  for (let i = 0; i < %d; i++) styles += style.getPropertyValue("--style-" + i).trim() === String(i);
  [...document.images].forEach((image, i) => images += image.complete && image.naturalWidth === i + 8);
  const all = styles + scripts.size + images;
  document.title = all + " of %d";
  document.querySelector("h1").textContent = `${all} of %d files: ${styles} styles, ${scripts.size} scripts, ${images} images`;
});
"""


def png(width, shade):
    """A square of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    line = b"\0" + bytes((shade * 6, 255 - shade * 6, 128)) * width
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(line * width)) + chunk(b"IEND", b""))


def filler(number):
    """Files are of all sizes, up to more than a packet and more than a window."""
    return "/*" + "x" * (number * number * 97 % 60_000) + "*/\n"


def page():
    """Path -> content of the page and the files that it wants."""
    files = {f"style{i}.css": (filler(i) + f":root {{ --style-{i}: {i}; }}\n").encode() for i in range(STYLES)}
    files.update({f"script{i}.js": (filler(i) + f"scripts.add({i});\n").encode() for i in range(SCRIPTS)})
    files.update({f"image{i}.png": png(i + 8, i) for i in range(IMAGES)})
    head = "".join(f'<link rel="stylesheet" href="style{i}.css">\n' for i in range(STYLES))
    body = "".join(f'<script src="script{i}.js"></script>\n' for i in range(SCRIPTS))
    body += "".join(f'<img src="image{i}.png">\n' for i in range(IMAGES))
    start = "<script>const scripts = new Set();" + COUNT % (STYLES, FILES, FILES) + "</script>\n"
    files["index.html"] = f"<!DOCTYPE html><html><head><title>none</title>\n{start}{head}</head><body><h1></h1>\n{body}</body></html>\n".encode()
    return files


def browse(place, url, *more):
    """What chromium prints, with a profile of its own."""
    words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
             "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--hide-scrollbars",
             f"--user-data-dir={place.temporary / 'chromium'}", "--window-size=1000,800", *more, url]
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=PATIENCE,
                           env={**place.environment, "HOME": str(place.temporary)}, preexec_fn=die_with_parent)
    check_equal(ended.returncode, 0, f"exit status of chromium ({ended.stderr[-300:]})")
    return ended.stdout


def hundred_files(run):
    if shutil.which("chromium") is None:
        raise Skip("chromium is not installed")
    run.place.make_image(NAME, MANIFEST, page())
    machine = Machine(run.place, Boot(NAME, tap=True))
    try:
        machine.await_start()
        url = f"http://{machine.port[0]}/"
        shown = browse(run.place, url, "--dump-dom")
        title = re.search(r"<title>(.*?)</title>", shown)
        check(title, f"no title in {shown[:300]!r}")
        check_equal(title[1], f"{FILES} of {FILES}", "what the page says has come")
        picture = run.place.build / "browser.png"
        picture.unlink(missing_ok=True)
        browse(run.place, url, f"--screenshot={picture}")
        check(picture.exists() and picture.read_bytes().startswith(b"\x89PNG"), "no picture")
        run.note(f"{title[1]} files; the picture: {picture}")
        machine.check_health()
    finally:
        machine.stop()


TESTS = [Test(f"browser loads a page of {FILES} files", hundred_files)]
