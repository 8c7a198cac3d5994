# SPDX-License-Identifier: MIT
"""Frames: what each type of frame may be, who owns it, and that every frame is in the list it belongs to. Lists are
doubly linked, so that being well-formed is a matter of a frame and its two neighbours."""
from prover.check import Entry, Invariant
from prover.contract import Loop
from prover.solve import LINKS

from .state import *


def is_owned(view, f):
    """By an environment."""
    return conj(neg(one_of(view.frames.type(f), FrameType.Absent, FrameType.Free, FrameType.Quarantine)),
                z3.ULT(view.frames.owner(f), K.kMaxEnvs))


def env_exists(view, env):
    return conj(z3.ULT(env, K.kMaxEnvs), view.envs.state(env_index(env)) != K.EnvState.Unused)


def _plausible(view, f):
    type_, owner = view.frames.type(f), view.frames.owner(f)
    free = one_of(type_, FrameType.Absent, FrameType.Free, FrameType.Quarantine)
    used = neg(free)
    return implies(frame_exists(view, f), conj(
        z3.ULE(type_, FrameType.Part),
        implies(one_of(type_, FrameType.Free, FrameType.Quarantine), owner == K.kNoEnv),
        implies(used, disj(env_exists(view, owner), conj(owner == K.kKernelEnv, is_lent(type_)))),
        implies(free, conj(view.frames.pins(f) == 0, view.frames.maps(f) == 0)),
        implies(neg(is_table(type_)), view.frames.entries(f) == 0),
        z3.ULE(view.frames.stamp(f), view.ledger_header.clock()),
        z3.ULE(view.frames.unmapped(f), view.ledger_header.clock())))


# ---- lists: only that links lead to frames; that they form the lists they should is tested, not proved
def _link(view, frame):
    return disj(frame == K.kNone, frame_exists(view, frame))


def _links(view, f):
    return implies(frame_exists(view, f), conj(_link(view, view.frames.next(f)), _link(view, view.frames.prev(f))))


def _ends(view):
    lists = view.frame_lists
    return conj(*[_link(view, end()) for end in (lists.free_head, lists.free_tail, lists.quarantine_head,
                                                 lists.quarantine_tail)])


def _ends_of_env(view, e):
    p = view.env_private
    return implies(view.envs.state(e) != K.EnvState.Unused,
                   conj(*[_link(view, end(e)) for end in (p.first_frame, p.last_frame, p.sweep, p.reap)]))


INVARIANTS = [
    Invariant("every frame is of a type, an owner and counts that go together", "frames/1", _plausible,
              "frames", ("count_maps", "count_entries", "counts")),
    Invariant("every link between frames leads to a frame", "frames/1", _links, "links", ("ends", "ends of env", "frames")),
    Invariant("the free list and the quarantine begin and end with frames", "", _ends, "ends", ("links",)),
    Invariant("every environment's list begins and ends with frames", "env_private/1", _ends_of_env, "ends of env",
              ("links", "frames")),
]


def _clock(view):
    """At one step a nanosecond it would take three centuries to get there."""
    return z3.ULT(view.ledger_header.clock(), 1 << 63)


FACTS = [_clock]


# ---- functions
def caller_exists(call):
    return [env_exists(call.old, call.env)]


def free(call):
    f = frame_index(call.frame)
    return [
        ("a frame is freed only by its owner", implies(ok(call.result), call.old.frames.owner(f) == call.env)),
        ("no capability from before covers a freed frame",
         implies(ok(call.result), z3.UGT(call.new.frames.stamp(f), call.old.ledger_header.clock()))),
    ]


def cleared(call):
    f, word = frame_index(call.frame), call.fresh("word", 9)
    upper = conj(call.new.frames.type(f) == FrameType.Table4, z3.UGE(word, K.kTableEntries // 2))
    half = call.new.kernel_half(z3.Extract(7, 0, word))
    return [("a frame that changes its type has no old contents",
             implies(ok(call.result), call.new.physmem(f, word) == choose(upper, half, number(0, 64))))]


def give(call):
    f = frame_index(call.frame)
    return [("a frame is given away only by its owner",
             implies(ok(call.result), conj(call.old.frames.owner(f) == call.env, call.new.frames.owner(f) == call.to)))]


def both_exist(call):
    return caller_exists(call) + [env_exists(call.old, call.to)]


def at_rest(call):
    """Of every call: what the owner of a frame may rely on."""
    f, old, new = call.fresh("frame", FRAME_BITS), call.old, call.new
    changed = conj(frame_exists(old, f), disj(old.frames.owner(f) != new.frames.owner(f),
                                              is_table(old.frames.type(f)) != is_table(new.frames.type(f))))
    return [("a frame changes its owner, or becomes or ceases to be a page table, only with no map and no pin",
             implies(changed, conj(old.frames.maps(f) == 0, old.frames.pins(f) == 0)))]


def may_change(call):
    f = frame_index(call.frame)
    return [("a frame may change hands only if it is its owner's, with no map and no pin",
             implies(ok(call.result), conj(frame_exists(call.old, call.frame), call.old.frames.owner(f) == call.env,
                                           call.old.frames.type(f) == call.type, call.old.frames.maps(f) == 0,
                                           call.old.frames.pins(f) == 0))),
            ("a frame may change hands only if every CPU has flushed since it was mapped",
             implies(ok(call.result), _flushed(call, f)))]


def _flushed(call, f):
    cpu, cpus = call.fresh("cpu", index_width(K.kMaxCpus)), call.old.cpus
    return implies(conj(cpus.online(cpu) != 0, cpus.holds_user(cpu) != 0),
                   z3.UGE(cpus.flushed(cpu), call.old.frames.unmapped(f)))


def _flushed_so_far(scope, cpu):
    """`oldest` is no younger than any flush of the CPUs looked at."""
    cpus = scope.now.cpus
    return implies(conj(z3.ULT(resize(cpu, 32), scope.i), cpus.online(cpu) != 0, cpus.holds_user(cpu) != 0),
                   z3.ULE(scope.oldest, cpus.flushed(cpu)))


LOOPS = {
    ("frame_can_change", 0): Loop(variant=lambda s: K.kMaxCpus - s.i, invariant=lambda s: z3.ULE(s.i, K.kMaxCpus),
                                  forall=[("cpus/1", _flushed_so_far)]),
}
ENTRIES = [
    Entry("frame_can_change", may_change, caller_exists),
    Entry("frame_free", free, caller_exists),
    Entry("frame_retype", cleared, caller_exists, tactics=LINKS, second=True),
    Entry("frame_give", give, both_exist),
    Entry("frame_to_kernel", cleared, caller_exists),
    Entry("frame_from_kernel", cleared, caller_exists),
]
ALWAYS = [at_rest]
