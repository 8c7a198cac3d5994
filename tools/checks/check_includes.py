# SPDX-License-Identifier: MIT
"""Dependencies go one way: abi <- base <- {kernel, libos} <- apps; tools see formats only."""
import re

# Header-only parts of libstdc++ that need neither heap nor exceptions.
FREESTANDING = set("algorithm array atomic bit compare concepts cstddef cstdint initializer_list iterator "
                   "limits new optional span string_view tuple type_traits utility".split())
FORMATS = ("libos/pack/", "libos/manifest/")  # what host tools share with the guest
PURE = {"net", "tcp", "http", "pack", "manifest"}  # modules that host tests compile as they are
IMPURE = {"core", "vm", "blk"}
GENERATED = re.compile(r"abi/syscall_(numbers|stubs)\.hpp$|abi/syscall_dispatch\.inc$")


def check(tree):
    problems = []
    for name in tree.named(".cpp", ".hpp", ".S"):
        allowed = allowed_folders(tree, name)
        if allowed is None:
            continue
        for line, target, quoted in tree.includes(name):
            what = problem(tree, name, target, quoted, allowed)
            if what:
                problems.append(f"{name}:{line}: {what}")
    return problems


def problem(tree, name, target, quoted, allowed):
    if not quoted:
        if is_guest(name) and target not in FREESTANDING:
            return f"<{target}> is not freestanding; code in the machine uses header-only parts alone"
        return None
    if GENERATED.match(target):
        return None
    found = tree.resolve(name, target)
    if found is None:
        return f'"{target}" is not in the tree'
    if not found.startswith(allowed):
        return f'"{target}" is a reversed include: {layer(name)} may use {", ".join(a.rstrip("/") for a in allowed)}'
    return None


def layer(name):
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] in ("libos", "apps") or name.startswith("kernel/core/") else parts[0]


def is_guest(name):
    parts = name.split("/")
    return parts[0] in ("abi", "base", "kernel", "libos", "apps") and not {"tests", "host"} & set(parts)


def allowed_folders(tree, name):
    """The folders that a file may include from; None: any."""
    parts = name.split("/")
    if parts[0] in ("tests", "bench", "verify") or "tests" in parts:
        return None
    if parts[0] == "abi":
        return ("abi/",)
    if parts[0] == "base":
        return ("abi/", "base/")
    if parts[0] == "kernel":
        return ("abi/", "base/", "kernel/core/" if parts[1] == "core" else "kernel/")
    if parts[0] == "libos":
        return ("abi/", "base/") + tuple(f"libos/{m}/" for m in modules_of(tree, parts[1]))
    if parts[0] == "apps":
        return ("abi/", "base/", "libos/", "apps/common/", f"apps/{parts[1]}/")
    if parts[0] == "tools":
        return ("abi/", "base/", "tools/") + FORMATS
    return ("abi/", "base/")


def modules_of(tree, module):
    """A module and those that it links, as its CMakeLists.txt says; pure ones link nothing impure."""
    seen, wanted = set(), [module]
    while wanted:
        now = wanted.pop()
        if now in seen or (module in PURE and now in IMPURE):
            continue
        seen.add(now)
        lists = f"libos/{now}/CMakeLists.txt"
        text = tree.text(lists) if lists in tree.files else ""
        for links in re.findall(rf"target_link_libraries\(\s*exo_{now}\b([^)]*)\)", text):
            wanted += re.findall(r"\bexo_(\w+)", links)
    return sorted(seen - {"base"})
