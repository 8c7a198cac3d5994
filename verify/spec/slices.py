# SPDX-License-Identifier: MIT
"""CPU time: who may write which positions of a slice vector. A position has one holder by its very form, so that
slices overlap nowhere; what is to be shown is that nobody writes a position without a capability for it."""
from prover.check import Entry
from prover.contract import Loop

from .state import *

POSITION_BITS = index_width(K.kSlicePositions)


def assigned(call):
    """Exactly the range named, and only if a Slices capability of the caller covers it."""
    cpu, position = call.fresh("cpu", index_width(K.kMaxCpus)), call.fresh("position", POSITION_BITS)
    before, after = call.old.cpus.slices(cpu, position), call.new.cpus.slices(cpu, position)
    index, wide = cap_index(call.env, call.slot), resize(position, 32)
    inside = conj(z3.ULE(call.first, wide), z3.ULT(wide - call.first, call.count))
    caps = call.old.caps
    return [
        ("a slice changes only under a Slices capability that covers it",
         implies(before != after, conj(live_cap(call.old, index, call.env, CapType.Slices),
                                       within(number(K.kInvoke, 8), caps.rights(index)),
                                       resize(cpu, 16) == caps.object(index),
                                       covers(caps.start(index), caps.count(index), position, number(1, 1))))),
        ("the positions named get the holder named, all others keep theirs",
         implies(ok(call.result), after == z3.If(conj(resize(cpu, 16) == caps.object(index), inside), call.target,
                                                 before))),
    ]


# Since positions stand on capabilities, slice_assign has two loops (positions_open, apply_claim) and counts uses:
# its specification is to be written again, with slice_claim's, slice_idle's and slice_release_cap's.
ENTRIES = []


def _assigned_so_far(scope, cpu, position):
    """Positions [first, first + i) of the capability's CPU have the new holder, others what they had."""
    wide, caps = resize(position, 32), scope.entered.caps
    index = cap_index(scope.env, scope.slot)
    done = conj(resize(cpu, 16) == caps.object(index), z3.ULE(scope.first, wide), z3.ULT(wide - scope.first, scope.i))
    return scope.now.cpus.slices(cpu, position) == z3.If(done, scope.target, scope.entered.cpus.slices(cpu, position))


LOOPS = {}
