// SPDX-License-Identifier: MIT
// The state of the security core: fixed arrays of plain structs without padding, all of them
// readable by environments through the ledger. Whoever links the core defines them: the kernel
// places them in its ledger section, host tests and proofs make plain arrays.
// Lock: the kernel lock (kernel/arch/x86_64/lock.hpp) guards all of it.
#pragma once
#include "abi/ledger.hpp"

namespace core {
using namespace abi;
}

#pragma GCC visibility push(hidden)
extern "C" {
extern abi::LedgerHeader ledger_header;
extern abi::EnvEntry envs[abi::kMaxEnvs];
extern abi::CapEntry caps[abi::kMaxCaps];
extern abi::FilterEntry filters[abi::kMaxFilters];
extern abi::ShapeEntry shapes[abi::kMaxShapes];
extern abi::BindingEntry bindings[abi::kMaxBindings];
extern abi::CpuEntry cpus[abi::kMaxCpus];
extern abi::DeviceEntry devices[abi::kMaxDevices];
extern abi::QueueEntry queues[abi::kMaxQueues];
extern abi::ExtentTable extent_tables[abi::kExtentTables];
extern abi::ExtentEntry extents[abi::kMaxExtents];

// In the kernel: placed at a virtual range of its own, backed only as far as there is memory.
// ledger_header.frame_count is the number of entries that exist.
extern abi::FrameEntry frames[];

// All of physical memory by frame and 8-byte word, at the kernel's direct map. Default visibility: its
// address is looked up, since it is out of reach of -mcmodel=kernel (cmake/bitcode.cmake).
#pragma GCC visibility push(default)
extern abi::u64 physmem[][abi::kTableEntries];
#pragma GCC visibility pop

// Upper half of every Table4: what the kernel maps, the same in every address space.
extern abi::u64 kernel_half[abi::kTableEntries / 2];
}
#pragma GCC visibility pop
