// SPDX-License-Identifier: MIT
#include "kernel/core/state.hpp"

extern "C" {
core::FrameLists frame_lists;
core::EnvPrivate env_private[abi::kMaxEnvs];
core::Taking taking[abi::kMaxEnvs];
abi::u32 somebody_noticed;
abi::u32 cap_mapped[abi::kMaxCaps];
abi::u16 extent_order[abi::kExtentTables][abi::kExtentsPerTable];
core::FilterPrivate filter_private[abi::kMaxFilters];
core::BindingPrivate binding_private[abi::kMaxBindings];
abi::u32 demux_buckets[core::kDemuxBuckets];
abi::u32 demux_groups[abi::kMaxDevices];
abi::u16 code_owner[core::kCodeUnits];
abi::u64 filter_multipliers[abi::kMaxFilterDepth * abi::kMaxFilterKeys];
}
