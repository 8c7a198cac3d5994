# SPDX-License-Identifier: MIT
"""The bitcode of the core with one defect: the changed file is compiled with the flags of the build, linked with the
others' modules, and goes through the same passes."""
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def build(defect, build_folder):
    """A path to the module; the caller deletes its folder."""
    kernel = pathlib.Path(build_folder) / "kernel"
    source = (ROOT / "kernel/core" / defect.file).read_text()
    if source.count(defect.text) < 1:
        raise ValueError(f"{defect.file} has no such text any more")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="defect."))
    changed = folder / defect.file
    changed.write_text(source.replace(defect.text, defect.becomes))
    flags = [f for f in (kernel / "core.flags").read_text().split("\n") if f and f != "-Werror"]
    own = folder / "changed.bc"
    _run(["clang++-19", *flags, "-w", "-emit-llvm", "-c", changed, "-o", own])
    stem = pathlib.Path(defect.file).stem
    others = [m for m in sorted((kernel / "core").glob("*.bc")) if m.stem != stem]
    linked, module = folder / "linked.bc", folder / "core.bc"
    _run(["llvm-link-19", own, *others, "-o", linked])
    _run(["opt-19", f"-passes={(kernel / 'core.passes').read_text().strip()}", linked, "-o", module])
    return module


def _run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr[:600])
