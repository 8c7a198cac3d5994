# SPDX-License-Identifier: MIT
"""Capabilities: what an entry of the table may look like, and that a child is never wider than its parent."""
from prover.check import Entry, Invariant
from prover.contract import Loop
from prover.counting import Count
from prover.goals import ARITHMETIC

from .frames import env_exists
from .state import *


def _objects(view, c):
    """What a capability is about exists, and its range lies in it."""
    type_, object_ = view.caps.type(c), view.caps.object(c)
    start, count = view.caps.start(c), view.caps.count(c)
    return conj(
        implies(c == 0, type_ == CapType.Env),  # entry 0 in a page-table entry means: no capability
        implies(type_ == CapType.Env, z3.ULT(object_, K.kMaxEnvs)),
        implies(type_ == CapType.Extent, z3.ULT(object_, K.kMaxDevices)),
        implies(type_ == CapType.Slices, conj(z3.ULT(object_, K.kMaxCpus),
                                              covers(number(0, 64), number(K.kSlicePositions, 64), start, count))),
        implies(type_ == CapType.Frames, covers(number(0, 64), view.ledger_header.frame_count(), start, count)),
        implies(type_ != CapType.Slices, z3.ULE(start, ~count)),
        implies(one_of(type_, CapType.Receive, CapType.Send), z3.ULT(object_, K.kMaxFilters)))


def _links(view, c):
    caps = view.caps
    return conj(*[disj(link(c) == K.kNone, z3.ULT(link(c), K.kMaxCaps))
                  for link in (caps.parent, caps.first_child, caps.next_sibling, caps.prev_sibling)])


def _frame_count(view):
    return z3.ULE(view.ledger_header.frame_count(), K.kMaxFrames)


def _uses(view, c):
    """Page-table entries, positions, requests for idle time, bindings, and disk commands in flight stand on it."""
    return conj(view.caps.uses(c) == view.count_uses(c),
                implies(view.caps.type(c) == CapType.Null, view.caps.uses(c) == 0))


# Part of count_uses, as are pages.THROUGH, slices.POSITIONS and slices.REQUESTS. Commands in flight are another part:
# they lie in frames of the kernel's, and no function that is proved to keep this begins or ends one.
BINDINGS = Count("count_uses", "bindings/1", lambda v, b: v.bindings.owner(b) != K.kNoEnv,
                 lambda v, b: resize(v.bindings.cap(b), CAP_BITS), CAP_BITS, ("bindings.owner", "bindings.cap"),
                 limit=MOST_USES)
COUNTS = [BINDINGS]
FACTS = [_frame_count]
INVARIANTS = [
    Invariant("what a capability is about exists", "caps/1", _objects, "caps", (ARITHMETIC,)),
    Invariant("what stands on a capability is counted exactly, and nothing stands on none", "caps/1", _uses, "uses",
              ("caps", "pages", "positions", "requests")),
    Invariant("links between capabilities lead to capabilities", "caps/1", _links, "cap links", ("caps",)),
]


# ---- derivation
def _is_child(call, target, parent):
    """The new entry is the parent's child and has no right that the parent lacks."""
    old, new = call.old.caps, call.new.caps
    return conj(
        new.type(target) == old.type(parent), new.object(target) == old.object(parent),
        within(new.rights(target), old.rights(parent)),
        new.parent(target) == resize(parent, 32), new.depth(target) == old.depth(parent) + 1,
        new.stamp(target) == old.stamp(parent), new.dying(target) == 0)


def _has_range(type_):
    return one_of(type_, CapType.Frames, CapType.Extent, CapType.Slices)


def _is_inside(call, target, parent):
    old, new = call.old.caps, call.new.caps
    inside = covers(old.start(parent), old.count(parent), new.start(target), new.count(target))
    ranged = _has_range(old.type(parent))
    return conj(implies(ranged, inside), disj(ranged, inside))


def _others_keep(call, target):
    c = call.fresh("other", CAP_BITS)
    old, new = call.old.caps, call.new.caps
    kept = [getattr(old, field)(c) == getattr(new, field)(c)
            for field in ("type", "object", "start", "count", "stamp", "rights", "parent", "depth", "dying")]
    return implies(c != target, conj(*kept))


def derived(call, to, right=None):
    parent, target = cap_index(call.env, call.source), cap_index(to, call.target)
    source = conj(call.old.caps.type(parent) != CapType.Null, call.old.caps.dying(parent) == 0,
                  z3.ULT(call.source, K.kCapsPerEnv))
    if right is not None:
        source = conj(source, within(number(right, 8), call.old.caps.rights(parent)))
    return [
        ("a derived capability is about the same and has no right that its parent lacks",
         implies(ok(call.result), _is_child(call, target, parent))),
        ("a derived capability's range lies in its parent's", implies(ok(call.result), _is_inside(call, target, parent)),
         (ARITHMETIC,)),
        ("a capability is derived only from a live one of the caller's own", implies(ok(call.result), source)),
        ("a capability is put only into an empty slot",
         implies(ok(call.result), conj(call.old.caps.type(target) == CapType.Null, z3.ULT(call.target, K.kCapsPerEnv)))),
        ("deriving changes no other capability", _others_keep(call, target)),
    ]


def derive_steps(call):
    """On the way: the range that was checked is the one that is written."""
    parent, target = cap_index(call.env, call.source), cap_index(call.env, call.target)
    old, new, done = call.old.caps, call.new.caps, ok(call.result)
    ranged = _has_range(old.type(parent))
    return [
        ("step: the range asked for was checked",
         implies(conj(done, ranged), covers(old.start(parent), old.count(parent), call.start, call.count))),
        ("step: the range asked for is written",
         implies(conj(done, ranged), conj(new.start(target) == call.start, new.count(target) == call.count))),
        ("step: what has no range keeps its parent's numbers",
         implies(conj(done, neg(ranged)), conj(new.start(target) == old.start(parent),
                                               new.count(target) == old.count(parent)))),
        ("step: the new range lies in its parent's", implies(done, _is_inside(call, target, parent)), (ARITHMETIC,)),
    ]


# ---- sharing
def _may_share(view, env, f):
    """A frame of the environment's own that it may let others use."""
    type_ = view.frames.type(f)
    own = conj(frame_exists(view, f), view.frames.owner(f) == resize(env, 16))
    data = conj(one_of(type_, FrameType.Data, FrameType.Large, FrameType.Part), view.frames.leaving(f) == 0)
    return conj(own, disj(data, conj(is_table(type_), neg(one_of(type_, FrameType.Table4)))))


def _shared_so_far(scope, f):
    behind = resize(f, 32) - scope.first
    return implies(conj(z3.UGE(resize(f, 32), scope.first), z3.ULT(behind, scope.i)), _may_share(scope.now, scope.env, f))


def shared(call):
    target, f = cap_index(call.env, call.target), call.fresh("frame", FRAME_BITS)
    new = call.new.caps
    inside = covers(call.first, call.count, f, number(1, 1))
    return [
        ("a root capability to frames is only to the caller's own, of which no part is a root table",
         implies(conj(ok(call.result), inside), _may_share(call.old, call.env, f)), ("frames", ARITHMETIC)),
        ("the capability that is made covers the range asked for, with the rights asked for",
         implies(ok(call.result), conj(
             new.type(target) == CapType.Frames, new.parent(target) == K.kNone, new.start(target) == resize(call.first, 64),
             new.count(target) == resize(call.count, 64), new.rights(target) == resize(call.rights, 8)))),
        ("a capability is put only into an empty slot",
         implies(ok(call.result), conj(call.old.caps.type(target) == CapType.Null, z3.ULT(call.target, K.kCapsPerEnv)))),
        ("sharing changes no other capability", _others_keep(call, target)),
    ]


def _linking(call, to):
    """What is said of neighbours in the tree is wanted at the entries that get links."""
    for index in [cap_index(to, call.target)] + ([cap_index(call.env, call.source)] if "source" in call.arguments else []):
        call.context.touch("tree", (index,))


def caller(call):
    _linking(call, call.env)
    return [env_exists(call.old, call.env)]


def caller_and_target(call):
    _linking(call, call.to)
    return [env_exists(call.old, call.env), env_exists(call.old, call.to)]


def found(call):
    index, slot = resize(call.result[0], CAP_BITS), cap_index(call.env, call.slot)
    return [("a capability is found only in the slot named, of the type and with the rights asked for",
             implies(ok(call.result), conj(
                 z3.ULT(call.slot, K.kCapsPerEnv), index == slot, call.old.caps.type(slot) == call.type,
                 call.old.caps.dying(slot) == 0, within(call.rights, call.old.caps.rights(slot)))))]


ENTRIES = [
    Entry("cap_find", found, lambda call: [z3.ULT(call.env, K.kMaxEnvs)], assumes=False),
    Entry("cap_derive", and_stays_within(lambda call: derived(call, call.env)), caller, steps=derive_steps),
    Entry("cap_grant", and_stays_within(lambda call: derived(call, call.to, K.kGrant)), caller_and_target),
    Entry("cap_share", and_stays_within(shared), caller, second=True),
]
LOOPS = {
    ("cap_can_have_child", 0): Loop(variant=lambda s: K.kMaxDepth - s.i, invariant=lambda s: conj(
        z3.ULE(s.i, K.kMaxDepth), z3.ULT(s.index, K.kMaxCaps))),
    ("cap_share", 0): Loop(lambda s: s.count - s.i, lambda s: z3.ULE(s.i, s.count), [("frames/1", _shared_so_far)],
                           needs=("frames", ARITHMETIC)),
}
