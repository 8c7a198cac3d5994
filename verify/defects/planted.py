# SPDX-License-Identifier: MIT
"""The list. A property is named by the first words of its name."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    name: str
    file: str      # in kernel/core
    text: str
    becomes: str
    function: str
    property: str


DEFECTS = [
    Defect("an extent's end is compared with a sum that wraps", "extent.cpp",
           "block - c.start > c.count || blocks > c.count - (block - c.start)",
           "block + blocks > c.start + c.count",
           "extent_check", "a disk command passes only if"),
    Defect("a read right is enough to write", "extent.cpp",
           "op == DiskOp::Read ? kRead : kWrite", "kRead",
           "extent_check", "a disk command passes only if"),
    Defect("a capability is found whatever its rights are", "cap.cpp",
           "if ((rights & ~caps[index].rights) != 0) return Status::Denied;\n  return index;", "return index;",
           "cap_find", "a capability is found only"),
    Defect("a derived capability gets rights that its parent lacks", "cap.cpp",
           "if ((rights & ~caps[source].rights) != 0) return Status::Denied;", "",
           "cap_derive", "a derived capability is about the same and has no right"),
    Defect("a derived range begins before its parent's", "cap.cpp",
           "if (start < s.start || start - s.start > s.count", "if (start - s.start > s.count && start > s.start",
           "cap_derive", "a derived capability's range lies in its parent's"),
    Defect("a page may be writable against its capability", "page.cpp",
           "TRY(cap_find(env, cap, CapType::Frames, static_cast<u8>(rights)))",
           "TRY(cap_find(env, cap, CapType::Frames, static_cast<u8>(rights & kRead)))",
           "page_set", "an entry maps a frame only if"),
    Defect("a page table can be mapped writable", "page.cpp",
           "readable_table(type) && rights == kRead && cap == kNone", "readable_table(type) && cap == kNone",
           "page_set", "an entry maps a frame only if"),
    Defect("a kernel frame can be mapped", "page.cpp",
           "  if (type != FrameType::Data && type != FrameType::Shared) return Status::Denied;\n  if (type == FrameType::Shared",
           "  if (type == FrameType::Shared",
           "page_set", "an entry maps a frame only if"),
    Defect("a mapping is not counted", "page.cpp", "  frame_mapped(target);\n", "",
           "page_set", "map and entry counts of frames are exact"),
    Defect("a cleared entry stays counted", "page.cpp", "  frames[table].entries--;\n", "",
           "page_clear", "map and entry counts of frames are exact"),
    Defect("who does not own a table may clear it", "page.cpp",
           "!frame_exists(table) || frames[table].owner != env || !is_table",
           "!frame_exists(table) || !is_table",
           "page_clear", "only the owner of a page table changes it"),
    Defect("an entry is cleared before it is checked", "page.cpp",
           "  if ((physmem[table][slot] & kPtePresent) == 0) return Status::BadArgument;\n  empty_entry",
           "  if ((physmem[table][slot] & kPtePresent) == 0) {\n    frames[table].entries = 0;\n"
           "    return Status::BadArgument;\n  }\n  empty_entry",
           "page_clear", "an error changes nothing"),
    Defect("an entry is narrowed and translations of before are kept", "page.cpp",
           "  clock_advance();  // a CPU may still have the entry as it was\n", "",
           "page_protect", "the clock moves when a present entry changes"),
    Defect("a mapped frame may change hands", "frame.cpp",
           "if (frames[frame].maps != 0 || frames[frame].pins != 0) return Status::Busy;\n  return flushed",
           "if (frames[frame].pins != 0) return Status::Busy;\n  return flushed",
           "frame_can_change", "a frame may change hands only if it is its owner's"),
    Defect("a pinned frame may be freed", "frame.cpp", "if (f.maps != 0 || f.pins != 0 || f.entries", "if (f.maps != 0 || f.entries",
           "frame_free", "a frame changes its owner"),
    Defect("old capabilities cover a freed frame", "frame.cpp", "  f.stamp = clock_advance();\n  f.owner = kNoEnv;",
           "  f.owner = kNoEnv;", "frame_free", "no capability from before covers"),
    Defect("a frame becomes a page table with its old contents", "frame.cpp",
           "  zero(frame);\n  if (type == FrameType::Table4)", "  if (type == FrameType::Table4)",
           "frame_retype", "a frame that changes its type has no old contents"),
    Defect("a jump may lead behind the last instruction", "bpf.cpp",
           "return i.jt < behind && i.jf < behind;", "return i.jt < behind && i.jf <= behind;",
           "bpf_verify", "loop invariant of bpf_verify"),
    Defect("a packet load may pass the end by one byte", "bpf_step.cpp",
           "size > p.captured - offset", "size > p.captured - offset + 1",
           "bpf_run", "no undefined behaviour"),
    Defect("a shift by the constant 32 is accepted", "bpf.cpp", "return !constant || i.k < 32;", "return !constant || i.k <= 32;",
           "bpf_verify", "loop invariant of bpf_verify"),
    Defect("a compiled comparison has the wrong sense", "bpf_compile.cpp",
           "return emit_branch(i, t, kAbove, kBelowOrEqual, out);", "return emit_branch(i, t, kAboveOrEqual, kBelow, out);",
           "bpf_emit", "compiled code equals interpreted code"),
    Defect("a compiled shift by 32 and more is the processor's", "bpf_compile.cpp",
           "  bytes(out, 0x83, 0xf9, 32);  // cmp ecx, 32\n", "  bytes(out, 0x83, 0xf9, 64);\n",
           "bpf_emit", "compiled code equals interpreted code"),
    Defect("a compiled load checks for one byte less", "bpf_compile.cpp", "word(out, i.k + bytes_of(size) - 1);",
           "word(out, i.k + bytes_of(size) - 2);", "bpf_emit", "no undefined behaviour"),
    Defect("compiled code writes its keys behind its machine", "bpf_compile.cpp",
           "return 8 + 4 * kBpfMemory + 4 * key;", "return 8 + 4 * kBpfMemory + 4 * key + 4;",
           "bpf_emit", "no undefined behaviour"),
]
