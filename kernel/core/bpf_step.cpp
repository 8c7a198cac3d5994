// SPDX-License-Identifier: MIT
// The interpreter: what each instruction means.
#include "base/endian.hpp"
#include "kernel/core/bpf.hpp"
#include "kernel/core/bpf_codes.hpp"

namespace core {

using namespace bpf;

namespace {

// The program ends and the packet is refused.
u32 refuse(BpfMachine& m) {
  m.a = 0;
  return kBpfDone;
}

// A big-endian load; refuses outside the captured bytes.
u32 load_packet(const BpfPacket& p, BpfMachine& m, u16 code, u64 offset) {
  const u32 size = (code & kSize) == kWord ? 4 : (code & kSize) == kHalf ? 2 : 1;
  if (offset > p.captured || size > p.captured - offset) return refuse(m);
  const u8* const at = p.bytes + offset;
  m.a = size == 4 ? base::load_be32(at) : size == 2 ? base::load_be16(at) : *at;
  return 0;
}

u32 load(const BpfInsn& i, const BpfPacket& p, BpfMachine& m) {
  switch (i.code & kMode) {
    case kImm:
      m.a = i.k;
      return 0;
    case kAbs:
      return load_packet(p, m, i.code, i.k);
    case kInd:
      return load_packet(p, m, i.code, static_cast<u64>(m.x) + i.k);
    case kMem:
      m.a = m.memory[i.k];
      return 0;
    default:  // kLen
      m.a = p.wire_length;
      return 0;
  }
}

u32 load_x(const BpfInsn& i, const BpfPacket& p, BpfMachine& m) {
  switch (i.code & kMode) {
    case kImm:
      m.x = i.k;
      return 0;
    case kMem:
      m.x = m.memory[i.k];
      return 0;
    case kLen:
      m.x = p.wire_length;
      return 0;
    default:  // kMsh: the length of an IPv4 header
      if (i.k >= p.captured) return refuse(m);
      m.x = 4u * (p.bytes[i.k] & 15u);
      return 0;
  }
}

u32 compute(const BpfInsn& i, BpfMachine& m) {
  const u32 operand = (i.code & kX) != 0 ? m.x : i.k;
  switch (i.code & kOperation) {
    case kAdd:
      m.a += operand;
      return 0;
    case kSub:
      m.a -= operand;
      return 0;
    case kMul:
      m.a *= operand;
      return 0;
    case kDiv:
      if (operand == 0) return refuse(m);
      m.a /= operand;
      return 0;
    case kMod:
      if (operand == 0) return refuse(m);
      m.a %= operand;
      return 0;
    case kOr:
      m.a |= operand;
      return 0;
    case kAnd:
      m.a &= operand;
      return 0;
    case kXor:
      m.a ^= operand;
      return 0;
    case kLsh:
      m.a = operand < 32 ? m.a << operand : 0;
      return 0;
    case kRsh:
      m.a = operand < 32 ? m.a >> operand : 0;
      return 0;
    default:  // kNeg
      m.a = 0 - m.a;
      return 0;
  }
}

u32 jump(const BpfInsn& i, BpfMachine& m) {
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
    case kKeyStore:
      m.keys[i.k] = m.a;
      return i.jt;
    case kKeyCheck:
      return m.a == m.keys[i.k] ? i.jt : refuse(m);
    default:  // kJa
      return i.k;
  }
}

}  // namespace

u32 bpf_step(const BpfInsn& i, const BpfPacket& p, BpfMachine& m) {
  switch (i.code & kClass) {
    case kLd:
      return load(i, p, m);
    case kLdx:
      return load_x(i, p, m);
    case kSt:
      m.memory[i.k] = m.a;
      return 0;
    case kStx:
      m.memory[i.k] = m.x;
      return 0;
    case kAlu:
      return compute(i, m);
    case kJmp:
      return jump(i, m);
    case kRet:
      if ((i.code & kA) == 0) m.a = i.k;
      return kBpfDone;
    default:  // kMisc
      if ((i.code & kTxa) != 0)
        m.a = m.x;
      else
        m.x = m.a;
      return 0;
  }
}

u32 bpf_execute(const BpfInsn* code, u32 length, const BpfPacket& packet, BpfMachine& machine) {
  for (u32 pc = 0; pc < length; pc++) {
    const u32 skip = bpf_step(code[pc], packet, machine);
    if (skip == kBpfDone) return machine.a;
    pc += skip;
  }
  return 0;  // not reached by a verified program
}

u32 bpf_run(const BpfInsn* code, u32 length, const u8* packet, u32 captured, u32 wire_length) {
  const BpfPacket view{.bytes = packet, .captured = captured, .wire_length = wire_length};
  BpfMachine machine{};
  return bpf_execute(code, length, view, machine);
}

}  // namespace core
