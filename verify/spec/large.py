# SPDX-License-Identifier: MIT
"""2 MiB pages: a Large frame and the 511 that are Part of it."""
from prover.check import Entry, Invariant, Trigger, summary_entry
from prover.contract import AllBut, Loop, Summary
from prover.solve import BITS

from .frames import caller_exists, flushed_since
from .state import *


def head(f):
    return f & ~number(K.kLargeFrames - 1, FRAME_BITS)


def _whole(view, f):
    """A Part's first frame is Large and of the same owner; what begins with a Large frame are its Parts; all counts are in the
    first."""
    frames, h = view.frames, head(f)
    part, large = frames.type(f) == FrameType.Part, frames.type(h) == FrameType.Large
    return conj(
        implies(conj(frame_exists(view, f), part), conj(f != h, large, frames.owner(h) == frames.owner(f),
                                                        frames.maps(f) == 0, frames.pins(f) == 0)),
        implies(conj(frame_exists(view, f), frames.type(f) == FrameType.Large), f == h),
        implies(conj(frame_exists(view, h), large), conj(frame_exists(view, f), disj(f == h, part))))


BLOCK = "block"  # this is wanted only where frames change their type
TRIGGERS = [Trigger(BLOCK, "frames/1")]
INVARIANTS = [Invariant("a 2 MiB page is whole: one Large frame, and its Parts behind it", BLOCK, _whole, "large", ("frames", "counts"))]


# ---- joining
def _in_block(call_or_scope, f, until=K.kLargeFrames):
    """One of the first `until` frames of the block that begins with `first`, which is aligned."""
    return z3.ULT(resize(f, 32) - call_or_scope.first, until)


def _block_exists(call):
    return [z3.Extract(8, 0, call.first) == 0, frame_exists(call.old, call.first),
            frame_exists(call.old, call.first + (K.kLargeFrames - 1))]


def _is_own(view, env, f):
    frames = view.frames
    return conj(frame_exists(view, f), frames.owner(f) == env, frames.type(f) == FrameType.Data, frames.leaving(f) == 0)


def _is_at_rest(view, flushed, f):
    frames = view.frames
    return conj(frames.maps(f) == 0, frames.pins(f) == 0, z3.ULE(frames.unmapped(f), flushed))


def _round(scope):
    return z3.ULE(scope.i, K.kLargeFrames)


def _left(scope):
    return K.kLargeFrames - scope.i


def _becomes(type_):
    """The first frames of the block are of that type, all others as they were."""
    def so_far(scope, f):
        before, after = scope.entered.frames, scope.now.frames
        return after.type(f) == z3.If(_in_block(scope, f, scope.i), number(type_, 8), before.type(f))
    return so_far


def joined(call):
    f, first, done = call.fresh("frame", FRAME_BITS), frame_index(call.first), ok(call.result)
    old, new = call.old.frames, call.new.frames
    inside = conj(done, _in_block(call, f))
    return [
        ("only data of the caller's own becomes a 2 MiB page, with no map and no pin",
         implies(inside, conj(_is_own(call.old, call.env, f), old.maps(f) == 0, old.pins(f) == 0))),
        ("frames are joined only if every CPU has flushed since they were mapped",
         implies(inside, flushed_since(call.old, old.unmapped(f)))),
        ("no capability from before covers the first frame of a 2 MiB page",
         implies(done, z3.UGT(new.stamp(first), call.old.ledger_header.clock()))),
        ("a joined frame is Large or Part, and all others stay",
         new.type(f) == z3.If(inside, z3.If(f == first, number(FrameType.Large, 8), number(FrameType.Part, 8)), old.type(f))),
    ]


def _split_round(scope):
    """The next frame is still what it was."""
    at, frames = frame_index(scope.first + scope.i), scope.now.frames
    for f in (frame_index(scope.first), at):
        scope.touch(BLOCK, (f,))
    return conj(_round(scope), implies(z3.ULT(scope.i, K.kLargeFrames), conj(
        frame_exists(scope.now, scope.first + scope.i), one_of(frames.type(at), FrameType.Large, FrameType.Part),
        frames.owner(at) == scope.env)))


def _split_so_far(scope, f):
    before, after = scope.entered.frames, scope.now.frames
    gone = _in_block(scope, f, scope.i)
    was = one_of(before.type(f), FrameType.Large, FrameType.Part)
    return conj(_becomes(FrameType.Data)(scope, f), implies(gone, was), after.unmapped(f) == z3.If(
        gone, before.unmapped(frame_index(scope.first)), before.unmapped(f)))


def split(call):
    f, first, done = call.fresh("frame", FRAME_BITS), frame_index(call.first), ok(call.result)
    old, new = call.old.frames, call.new.frames
    inside = conj(done, _in_block(call, f))
    return [
        ("a 2 MiB page is split only by its owner, with no map and no pin",
         implies(done, conj(frame_exists(call.old, call.first), old.owner(first) == call.env, old.type(first) == FrameType.Large,
                            old.maps(first) == 0, old.pins(first) == 0))),
        ("the frames of a 2 MiB page that was split are data of the same owner, and all others stay", conj(
            new.type(f) == z3.If(inside, number(FrameType.Data, 8), old.type(f)), new.owner(f) == old.owner(f))),
        ("a CPU that may translate to a 2 MiB page may translate to each of its frames",
         implies(inside, new.unmapped(f) == old.unmapped(first))),
    ]


SUMMARIES = {
    "all_own": Summary(_block_exists, forall=[
        ("a block is own only if all of it is data of the caller's own that nobody takes", "frames/1",
         lambda call, f: implies(conj(call.result != 0, _in_block(call, f)), _is_own(call.old, call.env, f)))]),
    "all_at_rest": Summary(_block_exists, forall=[
        ("a block is at rest only if nothing refers to any of it", "frames/1",
         lambda call, f: implies(conj(ok(call.result), _in_block(call, f)), _is_at_rest(call.old, call.flushed, f)))]),
}
LOOPS = {
    ("all_own", 0): Loop(_left, _round, [("frames/1", lambda s, f: implies(_in_block(s, f, s.i), _is_own(s.now, s.env, f)))]),
    ("all_at_rest", 0): Loop(_left, _round, [("frames/1", lambda s, f: implies(_in_block(s, f, s.i), _is_at_rest(s.now, s.flushed, f)))]),
    ("frame_join", 0): Loop(_left, _round, [("frames/1", _becomes(FrameType.Part))], keeps=AllBut("large"), needs=("large",)),
    ("frame_split", 0): Loop(_left, _split_round, [("frames/1", _split_so_far)], keeps=AllBut("large"), needs=("large", "frames")),
}
ENTRIES = [
    summary_entry("all_own", SUMMARIES["all_own"], tactics=BITS),
    summary_entry("all_at_rest", SUMMARIES["all_at_rest"], tactics=BITS),
    Entry("frame_join", joined, caller_exists),
    Entry("frame_split", split, caller_exists),
]
