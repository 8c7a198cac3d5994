# SPDX-License-Identifier: MIT
"""clang-tidy with the checks of .clang-tidy over every file that the build compiles, two at a time.
What was clean is remembered in BUILD/checks/ by the contents of the file and of all that it includes."""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import sys
import time

from tree import run

# g++ options that clang 14 does not know, or under which it cannot read libstdc++'s headers.
REPLACED = {"-mgeneral-regs-only": ["-mno-sse", "-mno-mmx"], "-fcf-protection=none": [],
            "-fno-sanitize-recover=all": [], "-fsanitize=address,undefined": [], "-Werror": []}
FOUND = re.compile(r"^(/\S+?):(\d+):\d+: (?:warning|error): (.*)$", re.M)
CHECKED = ("kernel/", "libos/", "apps/", "base/", "tools/")


def check(tree):
    commands = tree.build / "compile_commands.json"
    if not commands.exists():
        return [f"{commands}: missing; configure the build first"]
    jobs = [job for job in jobs_of(tree, json.loads(commands.read_text())) if job.name]
    if not jobs:
        return [f"{commands}: compiles no file of the tree"]
    problems, started = {}, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for done, (job, found) in enumerate(pool.map(lambda j: (j, j.result(tree)), jobs), 1):
            problems.update(dict.fromkeys(found))
            if done % 20 == 0 and time.monotonic() - started > 2:
                print(f"  tidy: {done} of {len(jobs)} files", file=sys.stderr, flush=True)
    return list(problems)


def jobs_of(tree, entries):
    """One job for each file; a file that is compiled for guest and host is judged as the guest's."""
    jobs = {}
    for entry in entries:
        name = os.path.relpath(entry["file"], tree.root)
        is_host = "-fsanitize=address" in entry.get("command", "")
        if name.startswith(CHECKED) and name.endswith(".cpp") and "/tests/" not in name:
            if name not in jobs or not is_host:
                jobs[name] = Job(tree, name, entry)
    return sorted(jobs.values(), key=lambda job: -len(tree.bytes(job.name)))


class Job:
    def __init__(self, tree, name, entry):
        self.name = name if name in tree.files else None
        self.folder = entry["directory"]
        self.flags = guest_flags(entry.get("arguments") or shlex.split(entry["command"]))

    def result(self, tree):
        memory = tree.build / "checks" / self.key(tree)
        if memory.exists():
            return json.loads(memory.read_text())
        found = self.run(tree)
        memory.parent.mkdir(parents=True, exist_ok=True)
        temporary = memory.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(found))
        temporary.rename(memory)
        return found

    def key(self, tree):
        digest = hashlib.sha256(repr((self.flags, tree.text(".clang-tidy"))).encode())
        for name in sorted(reach(tree, self.name)):
            digest.update(tree.bytes(name))
        for generated in sorted((tree.build / "generated" / "abi").glob("*")):
            digest.update(generated.read_bytes())
        return digest.hexdigest()[:32]

    def run(self, tree):
        # The analyzer takes half of the time of a host tool, most of it in the headers of its libraries.
        fewer = ["--checks=-clang-analyzer-*"] if self.name.startswith("tools/") else []
        shown = run(["nice", "clang-tidy", "--quiet", f"--config-file={tree.root / '.clang-tidy'}", *fewer,
                     str(tree.root / self.name), "--", *self.flags], cwd=self.folder)
        found = [f"{os.path.relpath(path, tree.root)}:{line}: {what}"
                 for path, line, what in FOUND.findall(shown.stdout.replace(",-warnings-as-errors]", "]"))]
        if shown.returncode != 0 and not found:
            found = [f"{self.name}:1: clang-tidy: {(shown.stdout.strip().splitlines() or ['failed'])[-1]}"]
        return found


def guest_flags(command):
    """The compiler's options without its name, its input and its output."""
    flags, words = [], iter(command[1:])
    for word in words:
        if word in ("-o", "-c", "-MF", "-MT", "-include"):  # what is included first is a header that g++ compiled
            next(words)
        elif word != "-MD":
            flags += REPLACED.get(word, [word])
    return flags + ["-Wno-unknown-warning-option", "-Wno-unused-command-line-argument"]


def reach(tree, name):
    """A file and everything of the tree that it includes, directly or not."""
    seen, wanted = set(), [name]
    while wanted:
        now = wanted.pop()
        if now in seen:
            continue
        seen.add(now)
        found = (tree.resolve(now, target) for _, target, quoted in tree.includes(now) if quoted)
        wanted += [f for f in found if f]
    return seen
