// SPDX-License-Identifier: MIT
// The intruder's tools: raw system calls, instructions whose exception is caught, and a page of its
// own address space to map things into.
#pragma once
#include "apps/intruder/attack.hpp"
#include "core/resources.hpp"

namespace intruder {

// Registers as they are, past the types of the stubs.
inline SysResult raw(u64 number, u64 a = 0, u64 b = 0, u64 c = 0, u64 d = 0, u64 e = 0, u64 f = 0) {
  register u64 r10 asm("r10") = d;
  register u64 r8 asm("r8") = e;
  register u64 r9 asm("r9") = f;
  u64 status, value = c;
  asm volatile("syscall"
               : "=a"(status), "+d"(value), "+r"(r10), "+r"(r8), "+r"(r9)
               : "a"(number), "D"(a), "S"(b)
               : "rcx", "r11", "memory");
  return {static_cast<Status>(status), value};
}

// Where the fault handler continues, 0: nowhere; and what it caught.
extern "C" u64 intruder_recovery;
extern "C" u64 intruder_caught;
void catch_faults();  // installs the handlers
u32 second_faults();  // how often the second handler ran
void fault_in_handler(bool yes);

// Runs an instruction (one string) with inputs; answers the vector of its exception or kNoFault.
// Registers and flags that it may change are listed; it must leave rsp alone.
#define TRY_INSTRUCTION(instruction, ...)                                                            \
  __extension__({                                                                                    \
    ::intruder::intruder_caught = ::intruder::kNoFault;                                              \
    asm volatile("movq $661f, intruder_recovery\n" instruction "\n661:\n movq $0, intruder_recovery" \
                 :                                                                                   \
                 : __VA_ARGS__                                                                       \
                 : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "cc", "memory");     \
    ::intruder::intruder_caught;                                                                     \
  })

// Reads or writes a byte there; the vector or kNoFault.
u64 try_read(u64 address);
u64 try_write(u64 address);
u64 try_call(u64 address);

// A page table of the intruder's own, linked into its address space, and frames of its own.
class Lab {
 public:
  static constexpr u64 kBase = 200ul << 21;  // what slot 0 of the table translates
  Status open();
  u32 table() const { return table_; }  // Table1
  u32 above() const { return above_; }  // Table2 that names it
  u32 frame() const { return frame_; }  // a Data frame, not mapped
  u32 spare() const { return spare_; }  // another page table (Table1), not linked
  static u64 address(u32 slot) { return kBase + slot * kPageSize; }
  Status set(u32 slot, u32 target, u32 rights, u32 cap = kNone) const;
  Status clear(u32 slot) const;
  bool own_table(u32 frame) const;

 private:
  u32 table_ = kNone, above_ = kNone, frame_ = kNone, spare_ = kNone;
};
extern Lab lab;

Status step(u32 table, u32 slot, u32 target, u32 rights, PageAction action = PageAction::Set, u32 cap = kNone,
            u32 env = kSlotSelf);

// Frame numbers that are tried when all are: those of the machine and some beyond.
inline u32 frames_tried() { return core::start_info->frame_count + 1024; }
// Whether the intruder owns a frame: only the owner may share it (share-every-frame counts how many).
bool is_own(u32 frame);

// The queue and the binding that the disk and net attacks opened, 0 if they could not.
u32 own_queue();
u32 own_binding();

// An IPv4 packet that the intruder may send, in the lab, and sending it through the Send capability in
// `slot` (attacks_net.cpp; only behind its attacks and with a network).
u8* write_own_packet();
SysResult send_own_packet(u32 slot);

// Slots that root did not fill: from here to beyond the end of the table.
inline constexpr u32 kFirstEmptySlot = 10;
inline constexpr u32 kSlotsTried = 200;

}  // namespace intruder
