// SPDX-License-Identifier: MIT
// Filter programs that the verifier must refuse. Without a packet capability the call refuses them
// for that; with one (examples/attack) it has to look at them.
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

constexpr u32 kTarget = 61;
// Instruction codes of classic BPF.
constexpr u16 kLoadAbsolute = 0x20, kLoadHalf = 0x28, kLoadIndexed = 0x40, kLoadMemory = 0x60, kStore = 0x02;
constexpr u16 kDivide = 0x34, kModulo = 0x94, kShift = 0x64, kJump = 0x05, kJumpEqual = 0x15, kReturn = 0x06;
constexpr u16 kLoadX = 0xb1;

u32 source() { return core::start_info->network.receive != kNone ? core::start_info->network.receive : 7; }

template <u32 Count>
void derive(Trial& trial, const BpfInsn (&code)[Count], u32 length = Count) {
  const SysResult result = sys::filter_derive(source(), kTarget, code, length);
  trial.status(result);
  if (result.status == Status::Ok && sys::cap_drop(kTarget).status != Status::Ok) trial.gained("a filter");
}

constexpr BpfInsn kAccept{kReturn, 0, 0, 1};

void jump_backwards(Trial& t) {
  derive(t, {{kLoadAbsolute, 0, 0, 0}, {kJump, 0, 0, kNone}, kAccept});
  derive(t, {{kLoadAbsolute, 0, 0, 0}, {kJump, 0, 0, kNone - 1}, kAccept});
  derive(t, {{kLoadAbsolute, 0, 0, 0}, {kJump, 0, 0, 0x80000000}, kAccept});
}
void jump_out(Trial& t) {
  derive(t, {{kJump, 0, 0, 1}, kAccept});
  derive(t, {{kJump, 0, 0, 1000}, kAccept});
  derive(t, {{kJumpEqual, 1, 0, 5}, kAccept});
  derive(t, {{kJumpEqual, 0, 255, 5}, kAccept});
}
void no_return(Trial& t) {
  derive(t, {{kLoadAbsolute, 0, 0, 0}});
  derive(t, {kAccept, {kLoadAbsolute, 0, 0, 0}});
}
void memory_out_of_bounds(Trial& t) {
  for (const u32 cell : {16u, 17u, 0x80000000u, kNone}) {
    derive(t, {{kStore, 0, 0, cell}, kAccept});
    derive(t, {{kLoadMemory, 0, 0, cell}, kAccept});
  }
}
void divide_by_zero(Trial& t) {
  derive(t, {{kDivide, 0, 0, 0}, kAccept});
  derive(t, {{kModulo, 0, 0, 0}, kAccept});
}
void shift_too_far(Trial& t) { derive(t, {{kShift, 0, 0, 32}, kAccept}); }
void unknown_codes(Trial& t) {
  for (u32 code = 0x100; code < 0x10000; code += 251) derive(t, {{static_cast<u16>(code), 0, 0, 0}, kAccept});
  for (const u16 code : {u16{0xff}, u16{0xe0}, u16{0x0e}}) derive(t, {{code, 0, 0, 0}, kAccept});
}
void odd_lengths(Trial& t) {
  BpfInsn code[66];
  for (BpfInsn& insn : code) insn = kAccept;
  for (const u32 length : {0u, 65u, 66u, 0x10000u, 0x80000000u, kNone}) derive(t, code, length);
}

// Loads beyond the packet are no error of the program: it ends and the packet is refused. What must
// not happen is that one reads what lies behind the packet, so such programs may only be derived.
void load_beyond(Trial& t) {
  const BpfInsn programs[][2] = {{{kLoadAbsolute, 0, 0, kNone}, kAccept},
                                 {{kLoadAbsolute, 0, 0, 0x7fffffff}, kAccept},
                                 {{kLoadHalf, 0, 0, kNone}, kAccept},
                                 {{kLoadIndexed, 0, 0, kNone}, kAccept},
                                 {{kLoadX, 0, 0, kNone}, kAccept}};
  for (const auto& program : programs) {
    derive(t, program);
  }
}

// A narrower filter stays within the chain: deriving "everything" widens nothing, at any depth.
void widen_by_derivation(Trial& t) {
  if (core::start_info->network.receive == kNone) return;
  u32 from = source();
  u32 depth = 0;
  for (; depth < 16; depth++) {
    const SysResult result = sys::filter_derive(from, kTarget + depth, &kAccept, 1);
    if (result.status != Status::Ok) {
      t.status(result);
      break;
    }
    from = kTarget + depth;
  }
  if (depth == 16) t.gained("a chain without end");
  while (depth > 0)
    if (sys::cap_drop(kTarget + --depth).status != Status::Ok)
      t.gained("a capability that cannot be dropped");
}

constexpr Attack kAttacks[] = {
    {"filter-jumps-backwards", refusal(Status::BadProgram), jump_backwards},
    {"filter-jumps-out", refusal(Status::BadProgram), jump_out},
    {"filter-without-return", refusal(Status::BadProgram), no_return},
    {"filter-memory-out-of-bounds", refusal(Status::BadProgram), memory_out_of_bounds},
    {"filter-divides-by-zero", refusal(Status::BadProgram), divide_by_zero},
    {"filter-shifts-too-far", refusal(Status::BadProgram), shift_too_far},
    {"filter-unknown-codes", refusal(Status::BadProgram), unknown_codes},
    {"filter-odd-lengths", any_refusal, odd_lengths},
    {"filter-loads-beyond", nothing_gained, load_beyond},
    {"filter-widened-by-derivation", any_refusal, widen_by_derivation},
};

constexpr Attack kWithout[] = {
    {"filter-jumps-backwards", refusal(Status::BadCap), jump_backwards},
    {"filter-odd-lengths", any_refusal, odd_lengths},
};

}  // namespace

std::span<const Attack> filter_attacks() {
  if (core::start_info->network.receive != kNone) return kAttacks;
  return kWithout;
}

}  // namespace intruder
