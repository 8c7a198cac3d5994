// SPDX-License-Identifier: MIT
#include "kernel/core/state.hpp"

extern "C" {
core::FrameLists frame_lists;
core::EnvPrivate env_private[abi::kMaxEnvs];
abi::u16 extent_order[abi::kExtentTables][abi::kExtentsPerTable];
}
