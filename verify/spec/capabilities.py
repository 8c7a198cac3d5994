# SPDX-License-Identifier: MIT
"""Capabilities: what an entry of the table may look like."""
from prover.check import Invariant

from .state import *


def _objects(view, c):
    """What a capability is about exists, and its range lies in it."""
    type_, object_ = view.caps.type(c), view.caps.object(c)
    start, count = view.caps.start(c), view.caps.count(c)
    return conj(
        z3.ULE(type_, CapType.Machine),
        implies(type_ == CapType.Env, z3.ULT(object_, K.kMaxEnvs)),
        implies(type_ == CapType.Slices, conj(z3.ULT(object_, K.kMaxCpus),
                                              covers(number(0, 64), number(K.kSlicePositions, 64), start, count))),
        implies(type_ == CapType.Frames, covers(number(0, 64), view.ledger_header.frame_count(), start, count)),
        implies(one_of(type_, CapType.Receive, CapType.Send), z3.ULT(object_, K.kMaxFilters)))


def _frame_count(view):
    return z3.ULE(view.ledger_header.frame_count(), K.kMaxFrames)


INVARIANTS = [
    Invariant("what a capability is about exists", "caps/1", _objects, "caps"),
]
FACTS = [_frame_count]
ENTRIES = []
