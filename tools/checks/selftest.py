# SPDX-License-Identifier: MIT
"""Shows each check a small tree with one fault in it, and expects the check to find it; and a clean
tree, in which it must find nothing. A check that cannot fail is worth nothing."""
import importlib
import json
import pathlib
import tempfile

from tree import Tree, run

HEAD = "// SPDX-License-Identifier: MIT\n"
ABIGEN = pathlib.Path(__file__).resolve().parents[1] / "abigen" / "abigen.py"
TIDY = pathlib.Path(__file__).resolve().parents[2] / ".clang-tidy"

GOOD = {
    ".clang-format": "BasedOnStyle: Google\n",
    ".clang-tidy": TIDY,
    "README.md": "A [link](abi/types.hpp#L1) and [another](https://example.org/x).\n",
    "abi/README.md": "The contract.\n",
    "abi/types.hpp": HEAD + "#pragma once\nnamespace abi {\nusing u32 = unsigned;\n}\n",
    "abi/status.hpp": HEAD + "#pragma once\n",
    "abi/syscalls.def": "syscall 0 null core\n  doc Does nothing\n",
    "tools/README.md": "Tools.\n",
    "tools/abigen/abigen.py": ABIGEN,
    "kernel/README.md": "The kernel.\n",
    "kernel/core/cap.cpp": HEAD + '#include <array>\n\n#include "abi/types.hpp"\n\nint f(int a) { return a + 1; }\n',
}

# check, the fault, words of what it must say
FAULTS = [
    ("format", {"kernel/core/cap.cpp": HEAD + "int  f( ){return 1 ;}\n"}, "kernel/core/cap.cpp:2"),
    ("headers", {"abi/types.hpp": "#pragma once\n"}, "SPDX"),
    ("headers", {"abi/types.hpp": HEAD + "int f();\n"}, "#pragma once"),
    ("includes", {"abi/types.hpp": HEAD + '#pragma once\n#include "kernel/core/cap.cpp"\n'}, "reversed include"),
    ("includes", {"kernel/core/cap.cpp": HEAD + '#include "kernel/arch/a.hpp"\n', "kernel/arch/a.hpp": HEAD}, "reversed include"),
    ("includes", {"kernel/core/cap.cpp": HEAD + "#include <string>\n"}, "freestanding"),
    ("includes", {"kernel/core/cap.cpp": HEAD + '#include "gone.hpp"\n'}, "not in the tree"),
    ("includes", {"libos/net/src/a.cpp": HEAD + '#include "core/b.hpp"\n', "libos/core/include/core/b.hpp": HEAD,
                  "libos/net/CMakeLists.txt": "target_link_libraries(exo_net PUBLIC exo_core)\n"}, "reversed include"),
    ("includes", {"tools/exo/a.cpp": HEAD + '#include "abi/../kernel/core/cap.cpp"\n'}, "reversed include"),
    ("size", {"kernel/core/cap.cpp": HEAD + "\n" * 600}, "601 lines"),
    ("size", {"kernel/core/cap.cpp": HEAD + "namespace a {\nint f(int b) {\n" + "  b++;\n" * 80 + "}\n}\n"}, "f has 82"),
    ("size", {"tools/a.py": "def f():\n" + "    pass\n" * 80}, "f has 81 lines"),
    ("names", {"README.md": "see ../sha" + "red/DESIGN.md\n"}, "README.md:1"),
    ("readme", {"README.md": "A [link](abi/gone.hpp).\n"}, "leads nowhere"),
    ("readme", {"base/text/a.hpp": HEAD}, "base/text/README.md"),
    ("generated", {"docs/reference/syscalls.md": "# Old\n"}, "out of date"),
]


def check(_tree):
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        clean = write_tree(pathlib.Path(folder, "good"), {})
        for name in sorted({name for name, _, _ in FAULTS} | {"float", "sections", "tidy"}):
            problems += [f"selftest: {name} finds something in a clean tree: {p}" for p in judge(name, clean)]
        for number, (name, fault, expected) in enumerate(FAULTS):
            problems += expect(name, write_tree(pathlib.Path(folder, str(number)), fault), expected)
        for name, code, options, expected in BINARY_FAULTS:
            bad = write_tree(pathlib.Path(folder, f"{name}-{expected[:4]}"), {}, code, options)
            problems += expect(name, bad, expected)
    return problems


def expect(name, tree, expected):
    found = judge(name, tree)
    if any(expected in problem for problem in found):
        return []
    return [f"selftest: {name} does not find \"{expected}\"; it says: {found}"]


def judge(name, tree):
    return importlib.import_module(f"check_{name}").check(tree)


CLEAN_CODE = "int data = 1;\nint go(int a) { return a + data; }\n"
FLAGS = ["-nostdlib", "-static", "-no-pie", "-O1", "-fno-asynchronous-unwind-tables", "-fcf-protection=none",
         "-Wl,-z,separate-code", "-Wl,-z,noexecstack", "-Wl,--build-id=none", "-Wl,-e,go"]

# check, code, options, what it must say
BINARY_FAULTS = [
    ("float", "double go(double a) { return a * 2; }\n", [], "go(double)"),
    ("float", "long double go(long double a) { return a * a; }\n", [], "fmul"),
    ("sections", CLEAN_CODE, ["-Wl,-N"], "writable and executable"),
    ("sections", "volatile int v;\nint data = v;\nint go() { return data; }\n", [], ".init_array"),
    ("tidy", "int go(int *p) {\n  if (p == 0) return *p;\n  return 1;\n}\n", [], "clang-analyzer"),
    ("tidy", "int *go() { return 0; }\n", [], "modernize-use-nullptr"),
]


def write_tree(root, fault, code=CLEAN_CODE, options=()):
    """A tree of a few files, built: kernel.elf and one program out of `code`."""
    for name, content in {**GOOD, "kernel/code.cpp": code, **fault}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD.rstrip("\n") + "\n" + content if name == "kernel/code.cpp" and content == code
                        else content if isinstance(content, str) else content.read_text())
    if "docs/reference/syscalls.md" not in fault:
        reference = root / "docs/reference/syscalls.md"
        reference.parent.mkdir(parents=True)
        run(["python3", str(ABIGEN), "--def", str(root / "abi/syscalls.def"), "--reference", str(reference)])
    build = root / "build"
    (build / "programs").mkdir(parents=True)
    if code != CLEAN_CODE or not fault:
        compile_code(root, build, list(options))
    return Tree(root, build)


def compile_code(root, build, options):
    source = str(root / "kernel/code.cpp")
    for target in ("kernel.elf", "programs/code"):
        made = run(["g++", *FLAGS, *options, source, "-o", str(build / target)])
        if made.returncode != 0:
            raise RuntimeError(made.stdout)
    (build / "compile_commands.json").write_text(json.dumps(
        [{"directory": str(root), "file": source, "arguments": ["g++", "-O1", "-mgeneral-regs-only", "-c", source]}]))
