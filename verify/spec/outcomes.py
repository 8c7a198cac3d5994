# SPDX-License-Identifier: MIT
"""That an error changes nothing, of every function that a system call reaches and that answers with a Status.

Not of these, each for its reason: `cap_revoke`, `env_repossess` and `env_reap_step` do bounded steps of something long, and say Again
after each; `page_update_all` and `queue_begin_all` tell how many steps were done before the one that they refuse; `frame_alloc`
may have moved frames from the quarantine to the free list before it finds none that the caller wants."""
from prover.outcome import Outcomes

FUNCTIONS = """
binding_close binding_open bpf_verify bpf_verify_shape cap_can_have_child cap_derive cap_drop cap_find cap_grant cap_share cap_slot_free
cap_warn env_configure env_create env_quota env_reclaim env_start env_target_any extent_can_give extent_check extent_device
extent_join filter_derive frame_access frame_can_change frame_free frame_from_kernel frame_give frame_join frame_retype frame_split
frame_to_kernel offload_check page_clear page_protect page_set page_update page_walk queue_begin queue_can_close queue_close
queue_completed queue_open slice_assign slice_claim slice_idle wakeup_check
""".split()

ENTRIES = [Outcomes("outcomes", tuple(FUNCTIONS))]
