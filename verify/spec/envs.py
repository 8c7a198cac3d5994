# SPDX-License-Identifier: MIT
"""Environments: who may name one."""
from prover.check import Entry

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


ENTRIES = [Entry(name, named, caller_exists) for name in ("env_target", "env_target_any")]
