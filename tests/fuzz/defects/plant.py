#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Copies a source of the kernel with a defect planted, for the fuzzer to find. Usage: plant.py NAME FROM TO.
The text to be replaced must be there exactly once: a defect that cannot be planted any more is an error."""
import pathlib
import sys

# name: (file, what is there, what the defect makes of it)
DEFECTS = {
    "uncounted": ("page.cpp", "  frame_unmapped(pte_frame(entry));",
                  "  if (slot % 64 != 5) frame_unmapped(pte_frame(entry));"),
    "unzeroed": ("frame.cpp", "  zero(frame);\n  f.unmapped = 0;", "  if (frame % 16 != 3) zero(frame);\n  f.unmapped = 0;"),
    "mislinked": ("frame_list.cpp", "    tail = f.prev;", "    if (frame % 32 != 9) tail = f.prev;"),
    "widening": ("cap.cpp", "if ((rights & ~caps[source].rights) != 0) return Status::Denied;\n  TRY_STATUS(cap_slot_free(to",
                 "TRY_STATUS(cap_slot_free(to"),
}


def main():
    name, source, target = sys.argv[1:]
    _, old, new = DEFECTS[name]
    text = pathlib.Path(source).read_text()
    if text.count(old) != 1:
        sys.exit(f"defect {name}: {source} has its place {text.count(old)} times; mend tests/fuzz/defects/plant.py")
    pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(target).write_text(text.replace(old, new))


if __name__ == "__main__":
    main()
