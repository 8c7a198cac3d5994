// SPDX-License-Identifier: MIT
// Entering an environment at an address that it registered. The TrapFrame goes into its pinned
// upcall page through the kernel's own mapping, so that an upcall cannot fault in the kernel.
#pragma once
#include "kernel/arch/x86_64/context.hpp"

namespace arch {

// `regs` (interrupted user code) becomes the slice-end entry; all but rip, rsp and rflags stay live.
void upcall_slice_end(Context& context, Registers& regs);

// If a notice waits for the environment on this CPU and can be delivered now (abi/env.hpp), `regs`
// becomes its entry_notice.
void deliver_notice(Registers& regs);

// An exception of the environment on this CPU: to its first handler, its second, or its end.
void deliver_fault(Registers& regs, u64 address);

}  // namespace arch
