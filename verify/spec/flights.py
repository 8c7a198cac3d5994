# SPDX-License-Identifier: MIT
"""Commands in flight as the tables count them. A command is in flight if the last of its words, which lie in a page of its queue
(kernel/core/queue.hpp), is not zero; what stands on a capability, and what a queue has in flight, are counted with them. Only
functions that begin or end commands write such words, so only their proofs count them."""
from dataclasses import replace

from prover.check import Entry, Trigger
from prover.counting import Count

from .extents import page_by_extent
from .queues import COMMAND, WORDS, place_of, queue_index
from .state import *

FLIGHTS, QUEUE_BITS = "flight words", index_width(K.kMaxQueues)
# What queue_open and queue_close alone change: which frames hold words of an open queue, and of which.
HOLDS_WORDS = z3.Function("holds_words", z3.BitVecSort(FRAME_BITS), z3.BoolSort())
QUEUE_OF = z3.Function("queue_of", z3.BitVecSort(FRAME_BITS), z3.BitVecSort(QUEUE_BITS))
FIRST_PAGE = 2  # of those in QueueEntry::frames


# ---- what is counted
def _in_flight(view, p, s):
    return conj(HOLDS_WORDS(p), z3.Extract(4, 0, s) == WORDS - 1, view.physmem(p, s) != 0)


def _with_buffer_cap(view, p, s):
    return conj(_in_flight(view, p, s), z3.Extract(56, 56, view.physmem(p, s)) == 1)


def _cap(first):
    """The capability in seven bits of the last word, of the environment that the page belongs to."""
    return lambda view, p, s: cap_index(view.frames.owner(p), z3.Extract(first + 6, first, view.physmem(p, s)))


_USES = {"fields": ("physmem", "frames.owner"), "limit": MOST_USES, "trigger": FLIGHTS}
_COUNTS = [
    Count("count_in_flight", "physmem/2", _in_flight, lambda v, p, s: QUEUE_OF(p), QUEUE_BITS, ("physmem",), limit=MOST_USES,
          trigger=FLIGHTS),
    Count("count_uses", "physmem/2", _in_flight, _cap(40), CAP_BITS, **_USES),
    Count("count_uses", "physmem/2", _with_buffer_cap, _cap(48), CAP_BITS, **_USES),
]


def with_flights(specification):
    """Where commands begin and end, these are to be counted as well."""
    return replace(specification, triggers=[*specification.triggers, Trigger(FLIGHTS, "physmem/2", "physmem")],
                   counts=_COUNTS + specification.counts)


# ---- a command of one page
def _queues_hold(call):
    """What queue_open sees to, for as long as a queue is open: the pages with its words are its own."""
    view = call.old

    def holds(q, k):
        page, owner = frame_index(view.queues.frames(q, k)), view.queues.owner(q)
        words = conj(HOLDS_WORDS(page), QUEUE_OF(page) == q, view.frames.owner(page) == owner,
                     view.frames.type(page) == FrameType.Kernel)
        return implies(conj(owner != K.kNoEnv, z3.UGE(k, FIRST_PAGE), z3.ULT(k, K.kDiskQueueFrames)), words)

    call.context.assume_all(z3.BoolVal(True), "queues.frames/2", holds)
    return []


def _begins_page(call):
    page, at = place_of(call.old, call.queue, call.before("command").id())
    call.context.touch(FLIGHTS, (page, at + WORDS - 1))
    return [*page_by_extent(call), *_queues_hold(call)]


def _one_more(call):
    """What queue_begin_run books."""
    c, q, begun = call.fresh("cap", CAP_BITS), call.fresh("queue", QUEUE_BITS), resize(call.result, 32)
    old, new, none = call.old, call.new, number(0, 32)
    return [("what stands on the extent and is in flight is one command more, if one is begun", conj(
        new.count_uses(c) == old.count_uses(c) + choose(c == resize(call.extent, CAP_BITS), begun, none),
        new.count_in_flight(q) == old.count_in_flight(q) + choose(q == queue_index(call.queue), begun, none)))]


ENTRIES = [
    Entry("queue_begin_page", _one_more, _begins_page, COMMAND, title="queue_begin_page keeps the tables",
          without=("uses",), within=with_flights, succeeds=lambda call: call.result != 0),
]
