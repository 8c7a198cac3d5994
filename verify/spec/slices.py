# SPDX-License-Identifier: MIT
"""CPU time. A position has one holder by its very form, so that slices overlap nowhere; what is to be shown is that every
position held, and every request for idle time, stands on a Slices capability that covers it, and who may change it."""
from prover.check import Buffer, Entry, Invariant, summary_entry
from prover.composition import Composition
from prover.contract import Loop, Summary
from prover.counting import Count

from .frames import env_exists
from .state import *

SLICES, SHARES = "cpus.slices/2", "cpus.idle/2"
STAND = ("positions", "requests", "caps")
POSITIONS = Count("count_uses", SLICES, lambda v, c, p: v.cpus.slices(c, p) != K.kNoEnv,
                  lambda v, c, p: resize(v.cpus.slice_caps(c, p), CAP_BITS), CAP_BITS, ("cpus.slices", "cpus.slice_caps"),
                  limit=MOST_USES)
HELD = Count("count_held", SLICES, lambda v, c, p: v.cpus.slices(c, p) != K.kNoEnv,
             lambda v, c, p: env_index(v.cpus.slices(c, p)), ENV_BITS, ("cpus.slices",), limit=K.kMaxCpus * K.kSlicePositions)
REQUESTS = Count("count_uses", SHARES, lambda v, c, i: v.cpus.idle.env(c, i) != K.kNoEnv,
                 lambda v, c, i: resize(v.cpus.idle.cap(c, i), CAP_BITS), CAP_BITS, ("cpus.idle.env", "cpus.idle.cap"),
                 limit=MOST_USES)
COUNTS = [POSITIONS, HELD, REQUESTS]


def _is_of_cpu(view, cap, cpu):
    """The entry is a Slices capability for that CPU, and `cap` is its number."""
    index = resize(cap, CAP_BITS)
    return conj(z3.ULT(cap, K.kMaxCaps), view.caps.type(index) == CapType.Slices, view.caps.object(index) == resize(cpu, 16))


def _position_stands(view, cpu, position):
    holder, cap = view.cpus.slices(cpu, position), view.cpus.slice_caps(cpu, position)
    index = resize(cap, CAP_BITS)
    return z3.If(holder == K.kNoEnv, cap == 0, conj(
        z3.ULT(holder, K.kMaxEnvs), _is_of_cpu(view, cap, cpu),
        covers(view.caps.start(index), view.caps.count(index), position, number(1, 1))))


def _request_stands(view, cpu, share):
    idle = view.cpus.idle
    return implies(idle.env(cpu, share) != K.kNoEnv,
                   conj(_is_of_cpu(view, idle.cap(cpu, share), cpu), idle.weight(cpu, share) != 0))


def _held_is_exact(view, e):
    slices = K.Resource.Slices
    return view.envs.used(e, number(slices, 3)) == view.count_held(e)


INVARIANTS = [
    Invariant("a position of a slice vector has a holder only on a Slices capability for it", SLICES, _position_stands,
              "positions", ("caps", "uses", "count_uses")),
    Invariant("a request for idle time stands on a Slices capability for that CPU", SHARES, _request_stands,
              "requests", ("caps", "uses", "count_uses")),
    Invariant("the slices that an environment has are counted exactly", "envs/1", _held_is_exact, "held",
              ("count_held", "positions")),
]


# ---- the two halves of a claim, each proved by itself
def in_mask(mask, position):
    return z3.Extract(0, 0, z3.LShR(mask, resize(position, 64))) == 1


def _open(view, cpu, position, cap):
    """Nobody's, or on that capability."""
    return disj(view.cpus.slices(cpu, position) == K.kNoEnv, view.cpus.slice_caps(cpu, position) == cap)


def _names(call_or_scope, cpu, position):
    return conj(resize(cpu, 16) == call_or_scope.number, in_mask(call_or_scope.mask, position))


def _open_if_true(call, cpu, position):
    return implies(conj(call.result == 1, _names(call, cpu, position)), _open(call.old, cpu, position, call.cap))


def _open_so_far(scope, cpu, position):
    return implies(conj(z3.ULT(resize(position, 32), scope.p), _names(scope, cpu, position)),
                   _open(scope.now, cpu, position, scope.cap))


def _claimed(view, index, mask):
    """The entry is a Slices capability that covers the mask."""
    caps, c = view.caps, resize(index, CAP_BITS)
    start, count = caps.start(c), caps.count(c)
    return conj(z3.ULT(index, K.kMaxCaps), caps.type(c) == CapType.Slices, z3.ULT(start, K.kSlicePositions),
                z3.UGE(count, 1), z3.ULE(count, K.kSlicePositions - start),
                mask & ~(z3.LShR(number(-1, 64), K.kSlicePositions - count) << start) == 0)


def _may_hold(target):
    return disj(target == K.kNoEnv, z3.ULT(target, K.kMaxEnvs))


def _is_target(call, cpu, position, done=None):
    """Of apply_claim: this position is one that it gives away (below `done`)."""
    object_ = call.entered if done is not None else call.old
    inside = conj(resize(cpu, 16) == object_.caps.object(resize(call.index, CAP_BITS)), in_mask(call.mask, position))
    return inside if done is None else conj(inside, z3.ULT(resize(position, 32), done))


def _given(call, cpu, position, done=None):
    before, after = (call.old, call.new) if done is None else (call.entered, call.now)
    changed = _is_target(call, cpu, position, done)
    cap = z3.If(call.target == K.kNoEnv, number(0, 32), call.index)
    return conj(after.cpus.slices(cpu, position) == z3.If(changed, call.target, before.cpus.slices(cpu, position)),
                after.cpus.slice_caps(cpu, position) == z3.If(changed, cap, before.cpus.slice_caps(cpu, position)))


def _round(scope):
    return z3.ULE(scope.p, K.kSlicePositions)


def _rounds_left(scope):
    return K.kSlicePositions - scope.p


_TAKEN = ("cpus.slices", "cpus.slice_caps", "caps.uses", "envs.used", "count_uses", "count_held")
def _found_share(call):
    cpu, share = resize(call.number, CPU_BITS), resize(call.result, index_width(K.kMaxIdleShares))
    return [("a request that was found is that environment's",
             conj(z3.ULE(call.result, K.kMaxIdleShares),
                  implies(call.result != K.kMaxIdleShares, call.old.cpus.idle.env(cpu, share) == call.env)))]


# ---- a claim on several CPUs
def _checked(scope, j):
    """A claim that was looked at is covered by the caller's capability."""
    now, claims = scope.now, scope.now.arg_claims
    slot = claims.slices(j)
    index = cap_index(scope.env, slot)
    return implies(z3.ULT(j, scope.i), conj(
        z3.ULT(slot, K.kCapsPerEnv), live_cap(now, index, scope.env, CapType.Slices),
        within(number(K.kInvoke, 8), now.caps.rights(index)), _claimed(now, resize(index, 32), claims.mask(j))))


def _changed(before, after, cpu, position):
    return before.cpus.slices(cpu, position) != after.cpus.slices(cpu, position)


def _to_target(before, after, target, cpu, position):
    return implies(_changed(before, after, cpu, position), after.cpus.slices(cpu, position) == target)


def _changed_by_own(before, after, env, target, cpu, position):
    """Where a position changed it stands on a live Slices capability of the caller's, or is nobody's."""
    cap = after.cpus.slice_caps(cpu, position)
    index = resize(cap, CAP_BITS)
    by = conj(z3.ULT(cap, K.kMaxCaps), live_cap(before, index, env, CapType.Slices),
              within(number(K.kInvoke, 8), before.caps.rights(index)), resize(cpu, 16) == before.caps.object(index))
    return implies(conj(_changed(before, after, cpu, position), target != K.kNoEnv), by)


def claimed(call):
    cpu, position = call.fresh("cpu", CPU_BITS), call.fresh("position", index_width(K.kSlicePositions))
    return [("a position that a claim changes gets the holder named", _to_target(call.old, call.new, call.target, cpu, position), ()),
            ("a position that a claim gives stands on a live Slices capability of the caller's for that CPU",
             _changed_by_own(call.old, call.new, call.env, call.target, cpu, position), ())]


# ---- the calls
def _by(call, index, cpu, position):
    """What justifies a change of that position: a live capability of the caller that covers it."""
    caps = call.old.caps
    return conj(live_cap(call.old, index, call.env, CapType.Slices), within(number(K.kInvoke, 8), caps.rights(index)),
                resize(cpu, 16) == caps.object(index),
                covers(caps.start(index), caps.count(index), position, number(1, 1)))


def assigned(call):
    cpu, position = call.fresh("cpu", CPU_BITS), call.fresh("position", index_width(K.kSlicePositions))
    before, after = call.old.cpus.slices(cpu, position), call.new.cpus.slices(cpu, position)
    index, wide = cap_index(call.env, call.slot), resize(position, 32)
    inside = conj(z3.ULE(call.first, wide), z3.ULT(wide - call.first, call.count))
    done = conj(ok(call.result), resize(cpu, 16) == call.old.caps.object(index), inside)
    return [
        ("a slice changes only under a Slices capability that covers it",
         implies(before != after, _by(call, index, cpu, position)), STAND),
        ("the positions named get the holder named, all others keep theirs",
         implies(ok(call.result), after == z3.If(done, call.target, before)), STAND),
        ("nobody loses a position that stands on another capability",
         implies(before != after, _open(call.old, cpu, position, resize(index, 32)))),
    ]


def taker(call):
    return [env_exists(call.old, call.env), disj(call.target == K.kNoEnv, env_exists(call.old, call.target))]


def idle_asked(call):
    """Of slice_idle: what changes is a request of `target` on the capability's CPU, made by that capability."""
    cpu, share = call.fresh("cpu", CPU_BITS), call.fresh("share", index_width(K.kMaxIdleShares))
    old, new, index = call.old.cpus.idle, call.new.cpus.idle, cap_index(call.env, call.slot)
    changed = disj(old.env(cpu, share) != new.env(cpu, share), old.cap(cpu, share) != new.cap(cpu, share),
                   old.weight(cpu, share) != new.weight(cpu, share))
    free = old.env(cpu, share) == K.kNoEnv
    mine = conj(old.env(cpu, share) == call.target, old.cap(cpu, share) == resize(index, 32))
    caps = call.old.caps
    return [("a request for idle time changes only by a Slices capability for that CPU, on which it stands",
             implies(changed, conj(live_cap(call.old, index, call.env, CapType.Slices),
                                   within(number(K.kInvoke, 8), caps.rights(index)),
                                   resize(cpu, 16) == caps.object(index), disj(free, mine))), STAND)]


def released(call):
    cpu, position = call.fresh("cpu", CPU_BITS), call.fresh("position", index_width(K.kSlicePositions))
    share = call.fresh("share", index_width(K.kMaxIdleShares))
    old, new = call.old.cpus, call.new.cpus
    stood = conj(old.slices(cpu, position) != K.kNoEnv, old.slice_caps(cpu, position) == call.cap)
    asked = conj(old.idle.env(cpu, share) != K.kNoEnv, old.idle.cap(cpu, share) == call.cap)
    return [("no position stands on a released capability, and all others stay",
             new.slices(cpu, position) == _left(old.slices(cpu, position), stood), STAND),
            ("no request stands on a released capability, and all others stay",
             new.idle.env(cpu, share) == _left(old.idle.env(cpu, share), asked), STAND)]


def _emptied(scope, cpu, position, of):
    """Positions below p of that CPU for which `of` says so are nobody's, all others as they were."""
    old, new = scope.entered.cpus, scope.now.cpus
    gone = conj(of(scope, cpu, old.slices(cpu, position), old.slice_caps(cpu, position)),
                z3.ULT(resize(position, 32), scope.p))
    return conj(new.slices(cpu, position) == z3.If(gone, number(K.kNoEnv, 16), old.slices(cpu, position)),
                new.slice_caps(cpu, position) == z3.If(gone, number(0, 32), old.slice_caps(cpu, position)))


def _withdrawn(scope, cpu, share, of):
    old, new = scope.entered.cpus.idle, scope.now.cpus.idle
    gone = conj(of(scope, cpu, old.env(cpu, share), old.cap(cpu, share)), z3.ULT(resize(share, 32), scope.i))
    return conj(new.env(cpu, share) == z3.If(gone, number(K.kNoEnv, 16), old.env(cpu, share)),
                implies(neg(gone), new.cap(cpu, share) == old.cap(cpu, share)))


def _on_cap(scope, cpu, holder, cap):
    return conj(resize(cpu, 16) == scope.entered.caps.object(resize(scope.cap, CAP_BITS)), holder != K.kNoEnv,
                cap == scope.cap)


def _of_env(scope, cpu, holder, _):
    return conj(resize(cpu, 16) == scope.number, holder == scope.env)


def _left(before, gone):
    return z3.If(gone, number(K.kNoEnv, 16), before)


def _forgotten(call, cpu, position):
    old = call.old.cpus.slices(cpu, position)
    return call.new.cpus.slices(cpu, position) == _left(old, conj(resize(cpu, 16) == call.number, old == call.env))


def _withdrawn_all(call, cpu, share):
    old = call.old.cpus.idle.env(cpu, share)
    return call.new.cpus.idle.env(cpu, share) == _left(old, conj(resize(cpu, 16) == call.number, old == call.env))


def _gone_below(kind):
    """Of slice_forget's loop: CPUs below c have no position, or request, of that environment any more."""
    def so_far(scope, cpu, index):
        old, new = ((scope.entered.cpus.slices, scope.now.cpus.slices) if kind == SLICES else
                    (scope.entered.cpus.idle.env, scope.now.cpus.idle.env))
        before = old(cpu, index)
        return new(cpu, index) == _left(before, conj(z3.ULT(resize(cpu, 32), scope.c), before == scope.env))
    return kind, so_far


def forgotten(call):
    cpu, position = call.fresh("cpu", CPU_BITS), call.fresh("position", index_width(K.kSlicePositions))
    share, old, new = call.fresh("share", index_width(K.kMaxIdleShares)), call.old.cpus, call.new.cpus
    return [("nothing of an environment's that is forgotten is left in a slice vector, and all of the others' is",
             conj(new.slices(cpu, position) == _left(old.slices(cpu, position), old.slices(cpu, position) == call.env),
                  new.idle.env(cpu, share) == _left(old.idle.env(cpu, share), old.idle.env(cpu, share) == call.env)))]


def _share_round(scope):
    return z3.ULE(scope.i, K.kMaxIdleShares)


def _shares_left(scope):
    return K.kMaxIdleShares - scope.i


def _emptying(function, first, of):
    """The two loops of slice_release_cap and forget_on."""
    return {(function, first): Loop(_rounds_left, _round, [(SLICES, lambda s, c, p: _emptied(s, c, p, of))], keeps=True,
                                    needs=STAND),
            (function, first + 1): Loop(_shares_left, _share_round, [(SHARES, lambda s, c, i: _withdrawn(s, c, i, of))],
                                        keeps=True, needs=STAND)}


def is_slices(call):
    return [z3.ULT(call.cap, K.kMaxCaps), call.old.caps.type(resize(call.cap, CAP_BITS)) == CapType.Slices]


SUMMARIES = {
    "find_share": Summary(lambda call: [z3.ULT(call.number, K.kMaxCpus)], _found_share),
    "forget_on": Summary(
        lambda call: [z3.ULT(call.number, K.kMaxCpus), z3.ULT(call.env, K.kMaxEnvs)],
        writes=(*_TAKEN, "cpus.idle.*"), keeps=True,
        forall=[("an environment's positions and requests on one CPU are nobody's, all others stay", SLICES, _forgotten),
                ("an environment's requests on one CPU are nobody's, all others stay", SHARES, _withdrawn_all)]),
    "slice_release_cap": Summary(is_slices, released, writes=(*_TAKEN, "cpus.idle.*"), keeps=True),
    "positions_open": Summary(
        lambda call: [z3.ULT(call.number, K.kMaxCpus)],
        forall=[("positions are open only if they are nobody's or stand on that capability", SLICES, _open_if_true)]),
    "apply_claim": Summary(
        lambda call: [_claimed(call.old, call.index, call.mask), _may_hold(call.target)], writes=_TAKEN, keeps=True,
        forall=[("the positions named get the holder named, all others keep theirs", SLICES, _given)]),
}
ENTRIES = [
    Composition("slice claims", ("slice_claim",), ("apply_claim",)),
    Entry("slice_claim", claimed, taker, {"claims": Buffer("abi::SliceClaim", "count")}, second=True),
    summary_entry("find_share", SUMMARIES["find_share"]),
    summary_entry("forget_on", SUMMARIES["forget_on"]),
    Entry("slice_forget", forgotten, lambda call: [z3.ULT(call.env, K.kMaxEnvs)]),
    Entry("slice_idle", idle_asked, lambda call: [env_exists(call.old, call.env), env_exists(call.old, call.target)]),
    summary_entry("slice_release_cap", SUMMARIES["slice_release_cap"]),
    summary_entry("positions_open", SUMMARIES["positions_open"]),
    summary_entry("apply_claim", SUMMARIES["apply_claim"]),
    Entry("slice_assign", assigned, taker),
]
LOOPS = {
    ("slice_claim", 0): Loop(lambda s: s.count - s.i, lambda s: z3.ULE(s.i, s.count), [("arg_claims/1", _checked)], needs=("caps",)),
    ("slice_claim", 1): Loop(lambda s: s.count - s.given, lambda s: z3.ULE(s.given, s.count), [
        (SLICES, lambda s, c, p: _to_target(s.entered, s.now, s.target, c, p)),
        (SLICES, lambda s, c, p: _changed_by_own(s.entered, s.now, s.env, s.target, c, p))], keeps=True, needs=()),
    ("named_before", 0): Loop(lambda s: s.last - s.i, lambda s: z3.ULE(s.i, s.last)),
    ("positions_open", 0): Loop(_rounds_left, _round, [(SLICES, _open_so_far)]),
    **_emptying("slice_release_cap", 0, _on_cap),
    **_emptying("forget_on", 0, _of_env),
    ("find_share", 0): Loop(_shares_left, _share_round),
    ("slice_forget", 0): Loop(lambda s: K.kMaxCpus - s.c, lambda s: z3.ULE(s.c, K.kMaxCpus),
                              [_gone_below(SLICES), _gone_below(SHARES)], keeps=True),
    ("count_new", 0): Loop(_rounds_left, _round),
    ("apply_claim", 0): Loop(_rounds_left, _round, [(SLICES, lambda s, c, p: _given(s, c, p, s.p))], keeps=True, needs=STAND),
}
