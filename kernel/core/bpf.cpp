// SPDX-License-Identifier: MIT
#include "kernel/core/bpf.hpp"

#include "base/endian.hpp"
#include "kernel/core/bpf_codes.hpp"

namespace core {

using namespace bpf;

static bool load_ok(const BpfInsn& i) {
  switch (i.code) {
    case kLd | kWord | kAbs:
    case kLd | kHalf | kAbs:
    case kLd | kByte | kAbs:
      return i.k < 0x80000000u;  // above are the ancillary loads of Linux
    case kLd | kWord | kInd:
    case kLd | kHalf | kInd:
    case kLd | kByte | kInd:
    case kLd | kImm:
    case kLd | kLen:
    case kLdx | kImm:
    case kLdx | kLen:
    case kLdx | kByte | kMsh:
      return true;
    case kLd | kMem:
    case kLdx | kMem:
    case kSt:
    case kStx:
      return i.k < kBpfMemory;
    default:
      return false;
  }
}

static bool alu_ok(const BpfInsn& i) {
  const bool constant = (i.code & kX) == 0;
  switch (i.code & ~kX) {
    case kAlu | kAdd:
    case kAlu | kSub:
    case kAlu | kMul:
    case kAlu | kOr:
    case kAlu | kAnd:
    case kAlu | kXor:
      return true;
    case kAlu | kDiv:
    case kAlu | kMod:
      return !constant || i.k != 0;
    case kAlu | kLsh:
    case kAlu | kRsh:
      return !constant || i.k < 32;
    case kAlu | kNeg:
      return constant;
    default:
      return false;
  }
}

// `behind` instructions follow this one.
static bool jump_ok(const BpfInsn& i, u32 behind) {
  switch (i.code) {
    case kJmp | kJa:
      return i.k < behind;
    case kJmp | kJeq:
    case kJmp | kJgt:
    case kJmp | kJge:
    case kJmp | kJset:
    case kJmp | kJeq | kX:
    case kJmp | kJgt | kX:
    case kJmp | kJge | kX:
    case kJmp | kJset | kX:
      return i.jt < behind && i.jf < behind;
    default:
      return false;
  }
}

static bool instruction_ok(const BpfInsn& i, u32 behind) {
  switch (i.code & kClass) {
    case kLd:
    case kLdx:
    case kSt:
    case kStx:
      return load_ok(i);
    case kAlu:
      return alu_ok(i);
    case kJmp:
      return jump_ok(i, behind);
    case kRet:
      return i.code == kRet || i.code == (kRet | kA);
    default:
      return i.code == (kMisc | kTax) || i.code == (kMisc | kTxa);
  }
}

Status bpf_verify(const BpfInsn* code, u32 length) {
  if (length == 0 || length > kMaxFilterInsns) return Status::BadProgram;
  for (u32 pc = 0; pc < length; pc++)
    if (!instruction_ok(code[pc], length - pc - 1)) return Status::BadProgram;
  return (code[length - 1].code & kClass) == kRet ? Status::Ok : Status::BadProgram;
}

namespace {

// Everything that a program can see.
struct Machine {
  const u8* packet;
  u32 captured;
  u32 wire_length;
  u32 a;
  u32 x;
  u32 memory[kBpfMemory];
};

// A big-endian load; false outside the captured bytes.
bool load_packet(Machine& m, u16 code, u64 offset) {
  const u32 size = (code & kSize) == kWord ? 4 : (code & kSize) == kHalf ? 2 : 1;
  if (offset > m.captured || size > m.captured - offset) return false;
  const u8* const p = m.packet + offset;
  m.a = size == 4 ? base::load_be32(p) : size == 2 ? base::load_be16(p) : *p;
  return true;
}

bool load(Machine& m, const BpfInsn& i) {
  switch (i.code & kMode) {
    case kImm:
      m.a = i.k;
      return true;
    case kAbs:
      return load_packet(m, i.code, i.k);
    case kInd:
      return load_packet(m, i.code, static_cast<u64>(m.x) + i.k);
    case kMem:
      m.a = m.memory[i.k];
      return true;
    default:  // kLen
      m.a = m.wire_length;
      return true;
  }
}

bool load_x(Machine& m, const BpfInsn& i) {
  switch (i.code & kMode) {
    case kImm:
      m.x = i.k;
      return true;
    case kMem:
      m.x = m.memory[i.k];
      return true;
    case kLen:
      m.x = m.wire_length;
      return true;
    default:  // kMsh: the length of an IPv4 header
      if (i.k >= m.captured) return false;
      m.x = 4u * (m.packet[i.k] & 15u);
      return true;
  }
}

bool compute(Machine& m, const BpfInsn& i) {
  const u32 operand = (i.code & kX) != 0 ? m.x : i.k;
  switch (i.code & kOperation) {
    case kAdd:
      m.a += operand;
      return true;
    case kSub:
      m.a -= operand;
      return true;
    case kMul:
      m.a *= operand;
      return true;
    case kDiv:
      if (operand != 0) m.a /= operand;
      return operand != 0;
    case kMod:
      if (operand != 0) m.a %= operand;
      return operand != 0;
    case kOr:
      m.a |= operand;
      return true;
    case kAnd:
      m.a &= operand;
      return true;
    case kXor:
      m.a ^= operand;
      return true;
    case kLsh:
      m.a = operand < 32 ? m.a << operand : 0;
      return true;
    case kRsh:
      m.a = operand < 32 ? m.a >> operand : 0;
      return true;
    default:  // kNeg
      m.a = 0 - m.a;
      return true;
  }
}

// How far behind the next instruction it goes on.
u32 jump(const Machine& m, const BpfInsn& i) {
  const u32 operand = (i.code & kX) != 0 ? m.x : i.k;
  switch (i.code & kOperation) {
    case kJeq:
      return m.a == operand ? i.jt : i.jf;
    case kJgt:
      return m.a > operand ? i.jt : i.jf;
    case kJge:
      return m.a >= operand ? i.jt : i.jf;
    case kJset:
      return (m.a & operand) != 0 ? i.jt : i.jf;
    default:  // kJa
      return i.k;
  }
}

// False: the packet is refused.
bool step(Machine& m, const BpfInsn& i) {
  switch (i.code & kClass) {
    case kLd:
      return load(m, i);
    case kLdx:
      return load_x(m, i);
    case kSt:
      m.memory[i.k] = m.a;
      return true;
    case kStx:
      m.memory[i.k] = m.x;
      return true;
    case kAlu:
      return compute(m, i);
    default:  // kMisc
      if ((i.code & kTxa) != 0)
        m.a = m.x;
      else
        m.x = m.a;
      return true;
  }
}

}  // namespace

u32 bpf_run(const BpfInsn* code, u32 length, const u8* packet, u32 captured, u32 wire_length) {
  Machine m{.packet = packet, .captured = captured, .wire_length = wire_length, .a = 0, .x = 0, .memory = {}};
  for (u32 pc = 0; pc < length; pc++) {
    const BpfInsn& i = code[pc];
    const u16 kind = i.code & kClass;
    if (kind == kRet) return (i.code & kA) != 0 ? m.a : i.k;
    if (kind == kJmp) {
      pc += jump(m, i);
    } else if (!step(m, i)) {
      return 0;
    }
  }
  return 0;  // not reached by a verified program
}

}  // namespace core
