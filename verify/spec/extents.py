# SPDX-License-Identifier: MIT
"""Disk extents: which blocks a command may touch."""
from prover.check import Buffer, Entry

from .frames import env_exists
from .state import *


def an_extent_covers(view, index, env, op, block, blocks, device):
    """Entry `index` is a live Extent capability of env to that device, with the right that `op` needs, for all
    of [block, block + blocks). A flush has no blocks."""
    right = z3.If(op == K.DiskOp.Read, number(K.kRead, 8), number(K.kWrite, 8))
    caps = view.caps
    return conj(live_cap(view, index, env, CapType.Extent), caps.object(index) == resize(device, 16),
                within(right, caps.rights(index)),
                implies(op != K.DiskOp.Flush, covers(caps.start(index), caps.count(index), block, blocks)))


def extent_check(call):
    index = cap_index(call.env, call.slot)
    return [
        ("a disk command passes only if an extent of that environment covers all of its blocks",
         implies(ok(call.result), an_extent_covers(call.old, index, call.env, call.op, call.block, call.blocks,
                                                   call.device))),
        ("the extent is the one that the caller named",
         implies(ok(call.result), conj(z3.ULT(call.slot, K.kCapsPerEnv), resize(call.result[0], CAP_BITS) == index))),
    ]


def extent_device(call):
    index = cap_index(call.env, call.slot)
    return [("a device is named only to who holds an extent of it",
             implies(ok(call.result), conj(live_cap(call.old, index, call.env, CapType.Extent),
                                           call.old.caps.object(index) == call.result[0])))]


def caller_exists(call):
    return [z3.ULT(call.env, K.kMaxEnvs)]


# ---- a run of commands of one page (core/queue.hpp)
def _queue_of_caller(call):
    """What queue_open has made of it, and nobody changes: its frames are the kernel's."""
    queue, view = resize(call.queue, index_width(K.kMaxQueues)), call.old
    lent = [view.queues.frames(queue, number(k, 3)) for k in range(K.kDiskQueueFrames)]
    return [env_exists(view, call.env), z3.ULT(call.queue, K.kMaxQueues), view.queues.owner(queue) == call.env,
            z3.ULT(view.queues.device(queue), K.kMaxDevices),
            *[conj(frame_exists(view, f), is_lent(view.frames.type(frame_index(f)))) for f in lent]]


def page_by_extent(call):
    queue, index = resize(call.queue, index_width(K.kMaxQueues)), resize(call.extent, CAP_BITS)
    return [*_queue_of_caller(call), z3.ULT(call.extent, K.kMaxCaps),
            live_cap(call.old, index, call.env, CapType.Extent),
            call.old.caps.object(index) == call.old.queues.device(queue)]


def page_begun(call):
    index, command, begun = resize(call.extent, CAP_BITS), call.old.arg_command, call.result != 0
    frame, other = frame_index(command.frames(number(0, 5))), call.fresh("frame", FRAME_BITS)
    old, new, caps = call.old.frames, call.new.frames, call.old.caps
    return [
        ("a disk command passes only if the extent covers all of its blocks",
         implies(begun, covers(caps.start(index), caps.count(index), command.block(), command.blocks()))),
        ("a command's buffer is data of the environment that nobody takes",
         implies(begun, conj(frame_exists(call.old, command.frames(number(0, 5))), old.owner(frame) == call.env,
                             old.type(frame) == FrameType.Data, old.leaving(frame) == 0))),
        ("a command's buffer is pinned, and no other frame",
         new.pins(other) == old.pins(other) + choose(conj(begun, other == frame), number(1, 32), number(0, 32))),
    ]


ENTRIES = [
    Entry("queue_begin_page", page_begun, page_by_extent, {"command": Buffer("abi::DiskCommand")}, keeps=False,
          succeeds=lambda call: call.result != 0),
    Entry("extent_check", extent_check, caller_exists),
    Entry("extent_device", extent_device, caller_exists),
    Entry("extent_can_give", None, lambda call: [*caller_exists(call), z3.ULT(call.cap, K.kMaxCaps)]),
]
