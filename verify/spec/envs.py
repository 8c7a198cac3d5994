# SPDX-License-Identifier: MIT
"""Environments: who may name one, how quota moves between two, and how one begins to run."""
from prover.check import Entry

from .frames import env_exists
from .state import *


def named(call):
    index, caps = cap_index(call.caller, call.slot), call.old.caps
    return [("an environment is named only to who holds a capability to it with the rights asked for",
             implies(ok(call.result), conj(z3.ULT(call.slot, K.kCapsPerEnv),
                                           live_cap(call.old, index, call.caller, CapType.Env),
                                           within(call.rights, caps.rights(index)),
                                           call.result[0] == caps.object(index))))]


def caller_exists(call):
    return [z3.ULT(call.caller, K.kMaxEnvs)]


# ---- quota
def moved(call):
    env = call.fresh("other", ENV_BITS)
    resource, any_ = resize(call.resource, 3), call.fresh("any", 3)
    before, after, done = call.old.envs.quota(env, any_), call.new.envs.quota(env, any_), ok(call.result)
    gets = choose(env == env_index(call.to), call.count, number(0, 32))
    gives = choose(env == env_index(call.arguments["from"]), call.count, number(0, 32))
    return [
        ("quota is given only of what is left", implies(done, z3.ULE(call.count, quota_left(call.old, call.arguments["from"], resource)))),
        ("quota moves from one to the other, of that resource only", after == before + choose(
            conj(done, any_ == resource), gets - gives, number(0, 32))),
    ]


def env_is_one(call):
    return [env_exists(call.old, call.env)]


def started(call):
    e, i = call.old.envs, env_index(call.env)
    return [("an environment starts only once, and with a root table",
             implies(ok(call.result), conj(e.state(i) == K.EnvState.Embryo, e.root_table(i) != K.kNone,
                                           call.new.envs.state(i) == K.EnvState.Ready)))]


ENTRIES = [
    *[Entry(name, named, caller_exists) for name in ("env_target", "env_target_any")],
    Entry("env_quota", moved, lambda call: [z3.ULT(call.arguments["from"], K.kMaxEnvs), z3.ULT(call.to, K.kMaxEnvs)], assumes=False),
    Entry("env_start", started, env_is_one),
    Entry("env_end", None, env_is_one),
]
