# SPDX-License-Identifier: MIT
"""Frames: what each type of frame may be, who owns it, and that every frame is in the list it belongs to. Lists are
doubly linked, so that being well-formed is a matter of a frame and its two neighbours."""
from prover.check import Entry, Invariant, summary_entry
from prover.contract import Loop, Summary
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


def _giver(call, e, _):
    """Who gives a frame uses less, as far as what it uses is counted exactly."""
    return e == env_index(call.env)


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
             implies(ok(call.result), flushed_since(call.old, call.old.frames.unmapped(f))))]


# ---- flushes
A_CPU = z3.BitVec("a cpu", CPU_BITS)  # any: what is shown of it is shown of each, and may be assumed of it


def _not_younger(view, time, cpu):
    """If the CPU may hold translations, its last flush is no older than `time`."""
    cpus = view.cpus
    return implies(conj(cpus.online(cpu) != 0, cpus.holds_user(cpu) != 0), z3.ULE(time, cpus.flushed(cpu)))


def flushed_since(view, time):
    return _not_younger(view, time, A_CPU)


def _flushed_so_far(scope, cpu):
    return implies(z3.ULT(resize(cpu, 32), scope.i), _not_younger(scope.now, scope.oldest, cpu))


# ---- from the quarantine to a new owner
def _released(before, after, f):
    """It keeps its type, or goes from the quarantine to the free list, and no CPU has a translation of before."""
    was, is_ = before.frames.type(f), after.frames.type(f)
    return disj(was == is_, neg(frame_exists(before, f)), conj(
        was == FrameType.Quarantine, is_ == FrameType.Free, flushed_since(before, before.frames.stamp(f))))


def allocated(call):
    f, g, word, done = resize(call.result[0], FRAME_BITS), call.fresh("frame", FRAME_BITS), call.fresh("word", 9), ok(call.result)
    old, new = call.old.frames, call.new.frames
    others = conj(old.owner(g) == new.owner(g), _released(call.old, call.new, g))
    return [
        ("only a frame that is nobody's is given, with no map and no pin, and the one that was named", implies(done, conj(
            frame_exists(call.old, call.result[0]), one_of(old.type(f), FrameType.Free, FrameType.Quarantine),
            old.owner(f) == K.kNoEnv, old.maps(f) == 0, old.pins(f) == 0,
            disj(call.want == K.kNone, call.result[0] == resize(call.want, call.result[0].size()))))),
        ("a frame leaves the quarantine only if every CPU has flushed since it came there",
         implies(conj(done, old.type(f) == FrameType.Quarantine), flushed_since(call.old, old.stamp(f)))),
        ("a frame that is given is the caller's, data, and zero", implies(done, conj(
            new.owner(f) == call.env, new.type(f) == FrameType.Data, call.new.physmem(f, word) == 0))),
        ("no other frame is given to anybody", implies(frame_exists(call.old, g), disj(conj(done, g == f), others))),
        ("a frame is given only within the quota", implies(done, z3.UGE(quota_left(call.old, call.env, K.Resource.Frames), 1))),
    ]


def _picked(call):
    """It is nobody's, and in no CPU's translations; what was in the quarantine may be on the free list meanwhile."""
    f, old, new = frame_index(call.result), call.old.frames, call.new.frames
    return [
        ("only a frame that is nobody's is picked, and the one that was named", implies(call.result != K.kNone, conj(
            frame_exists(call.old, call.result), one_of(new.type(f), FrameType.Free, FrameType.Quarantine),
            disj(call.want == K.kNone, call.result == call.want)))),
        ("a frame is picked from the quarantine only if every CPU has flushed since it came there",
         implies(conj(call.result != K.kNone, old.type(f) == FrameType.Quarantine), flushed_since(call.old, old.stamp(f))))]


_RELEASES = ("frame_lists.*", "frames.next", "frames.prev", "frames.type")
_LEAVES = ("a frame leaves the quarantine only if every CPU has flushed since it came there", "frames/1",
           lambda call, f: _released(call.old, call.new, f))
SUMMARIES = {
    "pick": Summary(ensures=_picked, writes=_RELEASES, keeps=True, forall=[_LEAVES]),
    "flushed_everywhere": Summary(forall=[
        ("the clock that every CPU has flushed at is no younger than any of their flushes", "cpus/1",
         lambda call, cpu: _not_younger(call.old, call.result, cpu))]),
    "frame_release": Summary(writes=_RELEASES, keeps=True, forall=[_LEAVES]),
}
LOOPS = {
    ("flushed_everywhere", 0): Loop(variant=lambda s: K.kMaxCpus - s.i, invariant=lambda s: z3.ULE(s.i, K.kMaxCpus),
                                    forall=[("cpus/1", _flushed_so_far)]),
    ("frame_release", 0): Loop(variant=lambda s: 64 - s.i, invariant=lambda s: z3.ULE(s.i, 64), keeps=True, needs=("frames",),
                               forall=[("frames/1", lambda s, f: _released(s.entered, s.now, f))]),
}
ENTRIES = [
    summary_entry("flushed_everywhere", SUMMARIES["flushed_everywhere"]),
    summary_entry("frame_release", SUMMARIES["frame_release"]),
    summary_entry("pick", SUMMARIES["pick"], second=True),
    Entry("frame_alloc", and_stays_within(allocated), caller_exists, partial=True, second=True),
    Entry("frame_can_change", may_change, caller_exists),
    Entry("frame_free", free, caller_exists),
    Entry("frame_retype", cleared, caller_exists, tactics=LINKS, second=True),
    Entry("frame_give", and_stays_within(give, _giver), both_exist),
    Entry("frame_to_kernel", cleared, caller_exists),
    Entry("frame_from_kernel", cleared, caller_exists),
]
ALWAYS = [at_rest]
