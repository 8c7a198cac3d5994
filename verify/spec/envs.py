# SPDX-License-Identifier: MIT
"""Environments: who may name one, who makes one of whose quota, how quota moves between two, and how one begins to run."""
from dataclasses import replace

from prover.check import Buffer, Entry
from prover.contract import Loop

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


def _wraps(call, e, r):
    """All quotas together are less than would wrap, so that none does."""
    return conj(e == env_index(call.to), z3.UGT(call.count, ~call.old.envs.quota(e, r)))


# ---- an environment is made
def _parent(call):
    return cap_index(call.creator, call.parent_slot)


def created(call):
    old, new, done = call.old.envs, call.new.envs, ok(call.result)
    env, parent = env_index(call.result[0]), env_index(call.old.caps.object(_parent(call)))
    e, r = call.fresh("other", ENV_BITS), call.fresh("resource", RESOURCE_BITS)
    amount = call.before("quota").amount(r)
    is_new, is_parent, real = conj(done, e == env), conj(done, e == parent), z3.ULT(r, K.kResources)
    return [
        ("an environment is made only by a live capability to its parent that gives the rights to create and to control", implies(done, conj(
            z3.ULT(call.parent_slot, K.kCapsPerEnv), live_cap(call.old, _parent(call), call.creator, CapType.Env),
            within(number(K.kCreate | K.kControl, 8), call.old.caps.rights(_parent(call))))), ()),
        ("an environment gets a number that nobody has, and begins as an embryo of its creator's", implies(done, conj(
            z3.ULT(call.result[0], K.kMaxEnvs), call.result[0] != 0, old.state(env) == K.EnvState.Unused,
            new.state(env) == K.EnvState.Embryo, new.parent(env) == call.creator, new.root_table(env) == K.kNone)), ()),
        ("making an environment changes no other's state", implies(neg(is_new), conj(
            old.state(e) == new.state(e), old.parent(e) == new.parent(e), old.root_table(e) == new.root_table(e))), ()),
        ("a new environment gets only quota that its parent had left",
         implies(conj(done, real), z3.ULE(amount, quota_left(call.old, call.old.caps.object(_parent(call)), r))), ()),
        ("a new environment's quota is what its parent loses, and no other changes", implies(real, new.quota(e, r) == choose(
            is_new, amount, old.quota(e, r) - choose(is_parent, amount, number(0, 32)))), ()),
    ]


def creator_exists(call):
    """And so does whom a capability to an environment names."""
    named = call.old.caps.object(_parent(call))
    return [env_exists(call.old, call.creator),
            implies(conj(z3.ULT(call.parent_slot, K.kCapsPerEnv), call.old.caps.type(_parent(call)) == CapType.Env), env_exists(call.old, named))]


def _with_caps_only(specification):
    """No more is needed of the state before."""
    return replace(specification, counts=[], invariants=[i for i in specification.invariants if i.group in ("caps", "cap links")])


# ---- its life
def env_is_one(call):
    return [env_exists(call.old, call.env)]


def started(call):
    e, i = call.old.envs, env_index(call.env)
    return [("an environment starts only once, and with a root table",
             implies(ok(call.result), conj(e.state(i) == K.EnvState.Embryo, e.root_table(i) != K.kNone,
                                           call.new.envs.state(i) == K.EnvState.Ready)))]


def ended(call):
    e, env, old, new = call.fresh("other", ENV_BITS), env_index(call.env), call.old, call.new
    return [("an environment that ends is dead, all of its tables are to be emptied, and no other's life changes", conj(
        new.envs.state(e) == choose(e == env, number(K.EnvState.Dead, 8), old.envs.state(e)),
        new.env_private.reap(e) == choose(e == env, old.env_private.first_frame(e), old.env_private.reap(e))), ())]


# ---- the loops of env_create over resources
def _resources_left(scope):
    return K.kResources - scope.r


def _resource(scope):
    return z3.ULE(scope.r, K.kResources)


def _parent_of(scope):
    return env_index(scope.entered.caps.object(cap_index(scope.creator, scope.parent_slot)))


def _enough_left(scope, r):
    done, amount = z3.ULT(resize(r, 32), scope.r), scope.now.arg_quota.amount(r)
    return implies(done, z3.ULE(amount, quota_left(scope.now, _parent_of(scope), r)))


def _given_up(scope, e, r):
    lost = choose(conj(e == _parent_of(scope), z3.ULT(resize(r, 32), scope.r)), scope.now.arg_quota.amount(r), number(0, 32))
    return scope.now.envs.quota(e, r) == scope.entered.envs.quota(e, r) - lost


def _got(scope, e, r):
    gets = conj(e == env_index(scope.env), z3.ULT(resize(r, 32), scope.r))
    return scope.now.envs.quota(e, r) == choose(gets, scope.now.arg_quota.amount(r), scope.entered.envs.quota(e, r))


LOOPS = {
    ("env_create", 0): Loop(_resources_left, _resource, [("arg_quota.amount/1", _enough_left)], needs=()),
    ("env_create", 1): Loop(lambda s: K.kMaxEnvs - s.i, lambda s: conj(z3.UGE(s.i, 1), z3.ULE(s.i, K.kMaxEnvs))),
    ("env_create", 2): Loop(_resources_left, _resource, [("envs.quota/2", _given_up)], needs=()),
    ("env_embryo", 0): Loop(_resources_left, _resource, [("envs.quota/2", _got)], needs=()),
}
ENTRIES = [
    *[Entry(name, named, caller_exists) for name in ("env_target", "env_target_any")],
    Entry("env_quota", and_stays_within(moved, _wraps), lambda call: [z3.ULT(call.arguments["from"], K.kMaxEnvs), z3.ULT(call.to, K.kMaxEnvs)], assumes=False),
    Entry("env_create", created, creator_exists, {"quota": Buffer("abi::EnvQuota")}, keeps=False, second=True,
          within=_with_caps_only),
    Entry("env_start", started, env_is_one),
    Entry("env_end", ended, env_is_one),
]
