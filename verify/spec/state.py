# SPDX-License-Identifier: MIT
"""Words that all specifications use: bits of an entry, ranges, who holds what."""
import z3

from prover.terms import below, choose, conj, disj, implies, index_width, is_number, neg, number, resize, same

from .abi import K

FRAME_BITS = index_width(K.kMaxFrames)
CAP_BITS = index_width(K.kMaxCaps)
ENV_BITS = index_width(K.kMaxEnvs)
MOST_USES = K.kMaxFrames * K.kTableEntries + (1 << 20)  # more cannot refer to one frame or capability
CPU_BITS = index_width(K.kMaxCpus)
FrameType, CapType, Status = K.FrameType, K.CapType, K.Status


def bounds(context):
    """Tables without a size of their own: the frame table and memory have as many entries as there are frames."""
    def frame_count():
        return context.memory.state["ledger_header.frame_count"]()
    return {"frames": (FRAME_BITS, frame_count), "physmem": (FRAME_BITS, frame_count)}


def one_of(term, *values):
    return disj(*[same(term, number(v, term.size())) for v in values])


def is_table(type_):
    return conj(z3.UGE(type_, FrameType.Table1), z3.ULE(type_, FrameType.Table4))


def is_lent(type_):
    """Frames of an environment that the kernel uses for it."""
    return one_of(type_, FrameType.Kernel, FrameType.Shared)


def frame_index(number_):
    """A frame number as an index of the frame table; means something only if the frame exists."""
    return resize(number_, FRAME_BITS)


def frame_exists(view, number_):
    return below(number_, view.ledger_header.frame_count())


def env_index(env):
    return resize(env, ENV_BITS)


def cap_index(env, slot):
    """The entry of `slot` in the table of `env`."""
    return resize(resize(env, 32) * K.kCapsPerEnv + resize(slot, 32), CAP_BITS)


def cap_holder(index):
    """Which environment's table an entry is in, as 16 bits."""
    return resize(z3.Extract(CAP_BITS - 1, index_width(K.kCapsPerEnv), index), 16)


def within(rights, limits):
    """Every right of `rights` is one of `limits`."""
    return rights & ~limits == 0


def covers(start, count, first, number_):
    """[first, first + number) lies in [start, start + count), as integers that never wrap. Written with
    differences, which solvers do well; verify/tests shows that it is the same as with wide sums."""
    start, count, first, number_ = (resize(t, 64) for t in (start, count, first, number_))
    behind = first - start
    return conj(z3.ULE(start, first), z3.ULE(behind, count), z3.ULE(number_, count - behind))


def ok(result):
    """A call that answered Ok."""
    status = result[1] if isinstance(result, tuple) else result
    return status == Status.Ok


def live_cap(view, index, env, type_):
    """Entry `index` is a capability of that type in the table of env, and no revocation has reached it."""
    return conj(view.caps.type(index) == type_, view.caps.dying(index) == 0, cap_holder(index) == resize(env, 16))


def quota_left(view, env, resource):
    """As quota_left says: while something is demanded back, there is no more than what may be kept."""
    e, i, resource = view.envs, env_index(env), number(resource, 3) if isinstance(resource, int) else resource
    quota, used, keep = e.quota(i, resource), e.used(i, resource), e.demand_keep(i)
    demanded = conj(e.demand_amount(i) != 0, resize(e.demand_resource(i), 32) == resize(resource, 32), z3.ULT(keep, quota))
    limit = choose(demanded, keep, quota)
    return choose(z3.ULT(used, limit), limit - used, number(0, 32))


STAYS = "what an environment uses stays within its quota"
RESOURCE_BITS = index_width(8)  # of an index of a resource


def _uses_no_more(view, e, r):
    return z3.ULE(view.envs.used(e, r), view.envs.quota(e, r))


def stays_within(call, but=lambda e, r: z3.BoolVal(False)):
    """Of every environment and resource, `but` some."""
    e, r = call.fresh("who", ENV_BITS), call.fresh("what", RESOURCE_BITS)
    return [(STAYS, implies(conj(z3.ULT(r, K.kResources), neg(but(e, r)), _uses_no_more(call.old, e, r)), _uses_no_more(call.new, e, r)), ())]


def and_stays_within(goals, but=None):
    """The goals, and that everybody's use stays within its quota; `but`: a function of the call, an environment and a resource."""
    def both(call):
        return goals(call) + (stays_within(call, lambda e, r: but(call, e, r)) if but else stays_within(call))
    return both


__all__ = [name for name in dir() if not name.startswith("_")]
