# SPDX-License-Identifier: MIT
"""What a check looks at: the files of a source tree and the folder it was built in. A check is a
function from a Tree to a list of problems, each one line: FILE:LINE: what is wrong."""
import functools
import os
import pathlib
import re
import subprocess

CPP = (".cpp", ".hpp")
SOURCE = CPP + (".S", ".py")


class Tree:
    def __init__(self, root, build):
        self.root = pathlib.Path(root).resolve()
        self.build = pathlib.Path(build).resolve()

    @functools.cached_property
    def files(self):
        """Paths of all files that are or could be committed, relative to the root."""
        git = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=self.root,
                             capture_output=True, text=True)
        inside = git.returncode == 0 and (self.root / ".git").exists()
        names = git.stdout.splitlines() if inside else self._walk()
        return sorted(n for n in set(names) if (self.root / n).is_file())

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in ("build", ".git", "__pycache__")]
            for name in names:
                yield str((pathlib.Path(folder) / name).relative_to(self.root))

    def named(self, *ends):
        return [f for f in self.files if f.endswith(ends)]

    def sources(self):
        """C++, assembler and Python, programs without an ending included."""
        return [f for f in self.files if f.endswith(SOURCE) or self._has_interpreter(f)]

    def _has_interpreter(self, name):
        return "." not in name.rsplit("/", 1)[-1] and self.bytes(name).startswith(b"#!")

    @functools.lru_cache(maxsize=None)
    def bytes(self, name):
        return (self.root / name).read_bytes()

    def text(self, name):
        return self.bytes(name).decode("utf-8", "replace")

    def lines(self, name):
        return self.text(name).splitlines()

    # Where this tree's headers are found: what CMake's include folders say, by our naming.
    def resolve(self, includer, target):
        """The file that `#include "target"` means, None if the tree does not have it."""
        module = target.split("/")[0]
        for place in (os.path.dirname(includer), "", f"libos/{module}/include", *self._own_folders(includer)):
            path = os.path.normpath(os.path.join(place, target))
            if path in self._file_set:
                return path
        return None

    @functools.cached_property
    def _file_set(self):
        return set(self.files)

    @staticmethod
    def _own_folders(includer):
        parts = includer.split("/")
        return ["/".join(parts[:2] + [part]) for part in ("src", "include", "host")] if len(parts) > 2 else []

    def includes(self, name):
        """(line, target, is_quoted) of every #include of a file."""
        return [(number, target, quote == '"') for number, line in enumerate(self.lines(name), 1)
                for quote, target in re.findall(r'^\s*#\s*include\s*([<"])([^">]+)[>"]', line)]


def run(command, **more):
    """Output of a command, both streams; raises if it cannot be run."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
