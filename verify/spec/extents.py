# SPDX-License-Identifier: MIT
"""Disk extents: which blocks a command may touch."""
from prover.check import Entry

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


ENTRIES = [
    Entry("extent_check", extent_check, caller_exists),
    Entry("extent_device", extent_device, caller_exists),
]
