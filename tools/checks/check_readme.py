# SPDX-License-Identifier: MIT
"""A newcomer finds a README where he stands or one folder up, and every link in one leads somewhere."""
import os
import re

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")


def check(tree):
    return folders_without(tree) + dead_links(tree)


def folders_without(tree):
    have = {os.path.dirname(f) for f in tree.files if os.path.basename(f) == "README.md"}
    folders = sorted({os.path.dirname(f) for f in tree.sources() if not f.startswith(".")} - {""})
    return [f"{folder}/README.md: missing: say what belongs into {folder}/ and what does not"
            for folder in folders if folder not in have and (os.path.dirname(folder) or None) not in have
            and not covered_by_module(folder, have)]


def covered_by_module(folder, have):
    """libos/net/include/net belongs to libos/net: the folder only repeats the module's name."""
    parts = folder.split("/")
    return len(parts) == 4 and parts[2] == "include" and parts[3] == parts[1] and "/".join(parts[:2]) in have


def dead_links(tree):
    problems = []
    for name in tree.named(".md"):
        in_code = False
        for number, line in enumerate(tree.lines(name), 1):
            in_code ^= line.lstrip().startswith("```")
            for target in [] if in_code else LINK.findall(re.sub(r"`[^`]*`", "", line)):
                path = target.split("#")[0]
                if not path or re.match(r"[a-z]+:", target):
                    continue
                if not (tree.root / os.path.dirname(name) / path).exists():
                    problems.append(f"{name}:{number}: the link to {target} leads nowhere")
    return problems
