# SPDX-License-Identifier: MIT
"""Page-table entries: what each must be, whoever wrote it, and the counts that they make. (The calls: page_calls.py.)"""
from prover.check import Invariant
from prover.counting import Count

from .state import *


def pte_frame(entry):
    return z3.simplify(z3.Extract(K.kPageShift + FRAME_BITS - 1, K.kPageShift, entry))


def pte_cap(entry):
    """Capability entry on which a level-1 entry stands; 0: its table's owner owns the frame."""
    return z3.simplify(z3.Concat(z3.Extract(62, 52, entry), z3.Extract(11, 9, entry)))


def has(entry, bits):
    return entry & bits == bits


def is_present(entry):
    return z3.Extract(0, 0, entry) == 1


def in_use(view, p, s):
    """Entry s of frame p is one that an environment made."""
    return conj(frame_exists(view, p), is_table(view.frames.type(p)), is_present(view.physmem(p, s)),
                disj(view.frames.type(p) != FrameType.Table4, z3.ULT(s, K.kTableEntries // 2)))


def _by_cap(view, p, entry, count):
    """A live Frames capability of the table's owner covers what the entry maps, with the rights that it gives."""
    frame, cap, caps = pte_frame(entry), pte_cap(entry), view.caps
    return conj(
        caps.type(cap) == CapType.Frames, cap_holder(cap) == view.frames.owner(p),
        covers(caps.start(cap), caps.count(cap), frame, number(count, 16)),
        within(number(K.kRead, 8), caps.rights(cap)),
        implies(has(entry, K.kPteWrite), within(number(K.kWrite, 8), caps.rights(cap))),
        implies(neg(has(entry, K.kPteNoExecute)), within(number(K.kExecute, 8), caps.rights(cap))),
        disj(caps.dying(cap) != 0, z3.UGE(caps.stamp(cap), view.frames.stamp(frame))))


def _by_cap_or_owner(view, p, entry, count=1):
    owned = view.frames.owner(pte_frame(entry)) == view.frames.owner(p)
    return z3.If(pte_cap(entry) == 0, owned, _by_cap(view, p, entry, count))


def _leaf(view, p, entry):
    """Level 1: data; or, only read, a page of the kernel or a page table of the owner's own."""
    type_ = view.frames.type(pte_frame(entry))
    table = conj(is_table(type_), type_ != FrameType.Table4)
    return conj(disj(one_of(type_, FrameType.Data, FrameType.Shared), conj(table, pte_cap(entry) == 0)),
                neg(has(entry, K.kPteLarge)),
                implies(type_ != FrameType.Data, conj(neg(has(entry, K.kPteWrite)), has(entry, K.kPteNoExecute))),
                _by_cap_or_owner(view, p, entry))


def _large(view, p, entry):
    return conj(view.frames.type(p) == FrameType.Table2, view.frames.type(pte_frame(entry)) == FrameType.Large,
                has(entry, K.kPteNoExecute), _by_cap_or_owner(view, p, entry, K.kLargeFrames))


def _upper(view, p, entry):
    return conj(view.frames.type(pte_frame(entry)) == view.frames.type(p) - 1, _by_cap_or_owner(view, p, entry))


def _justified(view, p, s):
    entry = view.physmem(p, s)
    return implies(in_use(view, p, s), conj(
        frame_exists(view, pte_frame(entry)),
        z3.If(view.frames.type(p) == FrameType.Table1, _leaf(view, p, entry),
              z3.If(has(entry, K.kPteLarge), _large(view, p, entry), _upper(view, p, entry)))))


def _root_tables(view, p, s):
    entry, half = view.physmem(p, s), K.kTableEntries // 2
    return implies(conj(frame_exists(view, p), view.frames.type(p) == FrameType.Table4), conj(
        implies(s == K.kUserTopSlots, entry == 0),
        implies(z3.UGE(s, half), entry == view.kernel_half(z3.Extract(7, 0, s)))))


def _absent_is_zero(view, p, s):
    entry = view.physmem(p, s)
    user = disj(view.frames.type(p) != FrameType.Table4, z3.ULT(s, K.kTableEntries // 2))
    return implies(conj(frame_exists(view, p), is_table(view.frames.type(p)), user, neg(is_present(entry))), entry == 0)


# ---- counts
_FIELDS = ("physmem", "frames.type")
MAPS = Count("count_maps", "physmem/2", in_use, lambda v, p, s: pte_frame(v.physmem(p, s)), FRAME_BITS, _FIELDS,
             limit=MOST_USES)
ENTRIES_IN = Count("count_entries", "physmem/2", in_use, lambda v, p, s: p, FRAME_BITS, _FIELDS, limit=K.kTableEntries)
THROUGH = Count("count_uses", "physmem/2", lambda v, p, s: conj(in_use(v, p, s), pte_cap(v.physmem(p, s)) != 0),
                lambda v, p, s: pte_cap(v.physmem(p, s)), CAP_BITS, _FIELDS, limit=MOST_USES)
ROOTS = Count("count_maps", "envs/1",
              lambda v, e: conj(v.envs.state(e) != K.EnvState.Unused, v.envs.root_table(e) != K.kNone),
              lambda v, e: frame_index(v.envs.root_table(e)), FRAME_BITS, ("envs.root_table", "envs.state"),
              limit=MOST_USES)


def _counts_of_frames(view, f):
    return implies(frame_exists(view, f), conj(
        view.frames.maps(f) == view.count_maps(f),
        resize(view.frames.entries(f), 32) == view.count_entries(f)))


INVARIANTS = [
    Invariant("an entry maps a frame only if its owner owns it or holds a capability with those rights; no page table "
              "is ever writable", "physmem/2", _justified, "pages",
              ("frames", "counts", "count_maps", "count_entries", "count_uses", "uses", "caps")),
    Invariant("a root table has the kernel's half and nothing in the last user slot", "physmem/2", _root_tables,
              "root tables", ("frames",)),
    Invariant("an entry that is not present is zero", "physmem/2", _absent_is_zero, "absent",
              ("frames", "root tables")),
    Invariant("map and entry counts of frames are exact", "frames/1", _counts_of_frames, "counts",
              ("frames", "count_maps", "count_entries", "pages")),
]
COUNTS = [MAPS, ENTRIES_IN, THROUGH, ROOTS]


def only_the_owner(call):
    """Of every call by `env`."""
    if "env" not in call.arguments:
        return []
    p, s, old = call.fresh("table", FRAME_BITS), call.fresh("slot", 9), call.old
    return [("only the owner of a page table changes it",
             implies(conj(frame_exists(old, p), is_table(old.frames.type(p)), old.physmem(p, s) != call.new.physmem(p, s)),
                     old.frames.owner(p) == resize(call.env, 16)))]


def no_stale_identifier(call):
    """What a CPU keeps of an address space by its identifier is used again only at the same clock (pcid.hpp)."""
    p, s = call.fresh("table", FRAME_BITS), call.fresh("slot", 9)
    return [("the clock moves when a present entry changes", clock_moves(call.old, call.new, p, s))]


def clock_moves(before, after, p, s):
    return implies(conj(in_use(before, p, s), before.physmem(p, s) != after.physmem(p, s)),
                   z3.UGT(after.ledger_header.clock(), before.ledger_header.clock()))


def _named(call, frame, cap):
    """What the entry written stands on is what the call named: two steps on the way to its justification."""
    entry = call.new.physmem(frame_index(call.table), resize(call.slot, 9))
    return [("step: the entry names the frame that was checked",
             implies(ok(call.result), pte_frame(entry) == frame_index(frame))),
            ("step: the entry names the capability that was checked",
             implies(ok(call.result), pte_cap(entry) == choose(cap == K.kNone, number(0, CAP_BITS),
                                                               cap_index(call.env, cap))))]


def set_steps(call):
    return _named(call, call.target, call.cap)


_NEAR = ("pages", "frames", "caps")


def protect_steps(call):
    table, slot = frame_index(call.table), resize(call.slot, 9)
    before, after, done = call.old.physmem(table, slot), call.new.physmem(table, slot), ok(call.result)
    cap = pte_cap(before)
    index = resize(cap, 32)
    return [*_named(call, pte_frame(before), choose(index == 0, number(K.kNone, 32), index & (K.kCapsPerEnv - 1))),
            ("step: the entry's capability is still the one", implies(done, pte_cap(after) == cap)),
            ("step: the entry maps the same frame", implies(done, pte_frame(after) == pte_frame(before))),
            ("step: the capability covers what the entry mapped", implies(conj(done, cap != 0), _in_range(call.old, before)), _NEAR),
            ("step: the capability covers what the entry maps", implies(conj(done, cap != 0), _in_range(call.new, after)), _NEAR)]


def _in_range(view, entry):
    caps, cap = view.caps, pte_cap(entry)
    covered = lambda count: covers(caps.start(cap), caps.count(cap), pte_frame(entry), number(count, 16))
    return conj(covered(1), implies(has(entry, K.kPteLarge), covered(K.kLargeFrames)))


ALWAYS = [only_the_owner]
