// SPDX-License-Identifier: MIT
#include "apps/intruder/tools.hpp"

namespace intruder {

extern "C" {
constinit u64 intruder_recovery = 0;
constinit u64 intruder_caught = kNoFault;
}

constinit Lab lab{};

namespace {

constinit u32 seconds = 0;
constinit bool faulty = false;

void handle(core::Fault& fault) {
  if (intruder_recovery == 0) core::end_by_fault(fault);
  constexpr u64 kTrapFlag = 1u << 8, kAlignmentCheck = 1u << 18, kNested = 1u << 14;
  intruder_caught = fault.trap.vector;
  fault.trap.rip = intruder_recovery;
  fault.trap.rflags &= ~(kTrapFlag | kAlignmentCheck | kNested);
  if (faulty) asm volatile("ud2");
}

void handle_second(core::Fault& fault) {
  constexpr u64 kUd2Bytes = 2;
  seconds++;
  fault.trap.rip += kUd2Bytes;
}

}  // namespace

void catch_faults() {
  core::on_fault(handle);
  core::on_second_fault(handle_second);
}

u32 second_faults() { return seconds; }
void fault_in_handler(bool yes) { faulty = yes; }

u64 try_read(u64 address) { return TRY_INSTRUCTION("movb (%0), %%al", "D"(address)); }
u64 try_write(u64 address) { return TRY_INSTRUCTION("movb $0x90, (%0)", "D"(address)); }

// The called code returns at once if it can be run; if not, the return address stays behind.
u64 try_call(u64 address) {
  return TRY_INSTRUCTION(
      "movq %%rsp, %%r12\n leaq -256(%%rsp), %%rsp\n movq $662f, %%rax\n pushq %%rax\n jmpq *%0\n662: movq "
      "%%r12, %%rsp\n"
      " jmp 663f\n661: movq %%r12, %%rsp\n663:",
      "D"(address));
}

Status step(u32 table, u32 slot, u32 target, u32 rights, PageAction action, u32 cap, u32 env) {
  const PageUpdate update{table, slot, target, cap, action, rights};
  return sys::page_update(env, &update, 1).status;
}

bool is_own(u32 frame) {
  constexpr u32 kEmptySlot = 60;
  if (sys::frame_share(kEmptySlot, frame, 1, kRead).status != Status::Ok) return false;
  return sys::cap_drop(kEmptySlot).status == Status::Ok;
}

Status Lab::open() {
  table_ = TRY(core::take_table(1));
  spare_ = TRY(core::take_table(1));
  frame_ = TRY(core::take_frame());
  for (u32 i = 0; i < core::start_info->table_count; i++) {
    const core::TableInfo& t = core::start_info->tables[i];
    if (t.level == 2 && t.base == 0) above_ = t.frame;
  }
  return step(above_, static_cast<u32>(kBase >> 21), table_, kRead);
}

Status Lab::set(u32 slot, u32 target, u32 rights, u32 cap) const {
  return step(table_, slot, target, rights, PageAction::Set, cap);
}

Status Lab::clear(u32 slot) const { return step(table_, slot, 0, 0, PageAction::Clear); }

bool Lab::own_table(u32 frame) const {
  if (frame == table_ || frame == spare_ || frame == core::start_info->root_table) return true;
  for (u32 i = 0; i < core::start_info->table_count; i++)
    if (core::start_info->tables[i].frame == frame) return true;
  return false;
}

}  // namespace intruder
