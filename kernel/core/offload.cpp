// SPDX-License-Identifier: MIT
// One pass forward over a program for each family, with what is known of A and X when an instruction is
// reached: jumps go only forward, so that is final when it is looked at.
#include "kernel/core/offload.hpp"

#include "base/endian.hpp"
#include "kernel/core/bpf_codes.hpp"

namespace core {

using namespace bpf;

namespace {

constexpr u32 kEthernet = 14;
constexpr u32 kTcpHeader = 20, kTcpSequence = 4, kTcpOffset = 12, kTcpFlags = 13, kTcpSum = 16;
constexpr u8 kMayBeSet = 0x19;  // ACK, PSH, FIN
constexpr u8 kTcp = 6;

// Where things are in a packet of one family.
struct Family {
  u32 type;         // of Ethernet
  u8 version;       // first byte of the IP header under its mask
  u8 version_mask;  //
  u32 protocol;     // where it is
  u32 tcp;          // where the header begins
  u32 changed[3];   // two bytes each, in the IP header, that differ between the parts
  u16 sum_bit, cut_bit;
};
constexpr Family kIpv4 = {0x0800, 0x45, 0xff, 23, 34, {16, 18, 24}, kOffloadSum4, kOffloadCut4};
constexpr Family kIpv6 = {0x86dd, 0x60, 0xf0, 20, 54, {18, 18, 18}, kOffloadSum6, kOffloadCut6};

bool is_sum(const Family& f, u64 byte) { return byte - (f.tcp + kTcpSum) < 2; }

bool differs(const Family& f, u64 byte) {
  for (u32 i = 0; i < 3; i++)
    if (byte - f.changed[i] < 2) return true;
  return byte - (f.tcp + kTcpSequence) < 4 || byte == f.tcp + kTcpFlags || is_sum(f, byte);
}

// A byte that all packets of the family have; kNone: it is not the same in all.
u32 fixed_byte(const Family& f, u64 byte) {
  if (byte == 12) return f.type >> 8;
  if (byte == 13) return f.type & 0xff;
  if (byte == kEthernet && f.version_mask == 0xff) return f.version;
  return byte == f.protocol ? kTcp : kNone;
}

struct Value {
  u32 known;  // 1: the value is the same whenever the instruction is reached
  u32 value;
};
constexpr Value kUnknown = {0, 0};

struct Walk {
  u16 left;  // of kOffload...
  u8 reached[kMaxFilterInsns];
  Value a[kMaxFilterInsns], x[kMaxFilterInsns];
};

Value meet(const Value& one, const Value& other) {
  return one.known != 0 && other.known != 0 && one.value == other.value ? one : kUnknown;
}

void join(Walk& w, u32 pc, const Value& a, const Value& x) {
  w.a[pc] = w.reached[pc] != 0 ? meet(w.a[pc], a) : a;
  w.x[pc] = w.reached[pc] != 0 ? meet(w.x[pc], x) : x;
  w.reached[pc] = 1;
}

// The program reads `size` bytes there.
Value read(Walk& w, const Family& f, u64 offset, u32 size) {
  Value result = {1, 0};
  for (u64 byte = offset; byte < offset + size; byte++) {
    if (is_sum(f, byte)) w.left &= static_cast<u16>(~f.sum_bit);
    if (differs(f, byte)) w.left &= static_cast<u16>(~f.cut_bit);
    const u32 fixed = fixed_byte(f, byte);
    result = fixed != kNone && result.known != 0 ? Value{1, result.value << 8 | fixed} : kUnknown;
  }
  return result;
}

Value load(Walk& w, const Family& f, const BpfInsn& i, const Value& x) {
  const u32 size = (i.code & kSize) == kWord ? 4 : (i.code & kSize) == kHalf ? 2 : 1;
  switch (i.code & kMode) {
    case kImm:
      return {1, i.k};
    case kAbs:
      return read(w, f, i.k, size);
    case kInd:
      if (x.known != 0) return read(w, f, static_cast<u64>(x.value) + i.k, size);
      w.left &= static_cast<u16>(~(f.sum_bit | f.cut_bit));
      return kUnknown;
    case kLen:
      w.left &= static_cast<u16>(~f.cut_bit);
      return kUnknown;
    case kMsh: {
      const Value byte = read(w, f, i.k, 1);
      return {byte.known, 4 * (byte.value & 15)};
    }
    default:  // kMem: what was stored came from reads that were looked at
      return kUnknown;
  }
}

// 1: the jump is taken, 0: not, 2: that is not known.
u32 outcome(const BpfInsn& i, const Value& a) {
  if (a.known == 0 || (i.code & kX) != 0) return 2;
  switch (i.code & kOperation) {
    case kJeq:
      return a.value == i.k ? 1 : 0;
    case kJgt:
      return a.value > i.k ? 1 : 0;
    case kJge:
      return a.value >= i.k ? 1 : 0;
    case kJset:
      return (a.value & i.k) != 0 ? 1 : 0;
    default:
      return 2;
  }
}

void jump(Walk& w, u32 pc, const BpfInsn& i) {
  const Value a = w.a[pc], x = w.x[pc];
  if ((i.code & kOperation) == kJa) return join(w, pc + 1 + i.k, a, x);
  const u32 taken = outcome(i, a);
  if (taken != 0) join(w, pc + 1 + i.jt, a, x);
  if (taken != 1) join(w, pc + 1 + i.jf, a, x);
}

void follow(Walk& w, const Family& f, u32 pc, const BpfInsn& i) {
  const Value a = w.a[pc], x = w.x[pc];
  switch (i.code & kClass) {
    case kLd:
      return join(w, pc + 1, load(w, f, i, x), x);
    case kLdx:
      return join(w, pc + 1, a, load(w, f, i, x));
    case kAlu:
      return join(w, pc + 1, kUnknown, x);
    case kJmp:
      return jump(w, pc, i);
    case kRet:
      return;
    case kMisc:
      return (i.code & kTxa) != 0 ? join(w, pc + 1, x, x) : join(w, pc + 1, a, a);
    default:  // kSt, kStx
      return join(w, pc + 1, a, x);
  }
}

u16 offloads_of_family(const Family& f, const BpfInsn* code, u32 length) {
  Walk w{};
  w.left = static_cast<u16>(f.sum_bit | f.cut_bit);
  join(w, 0, {1, 0}, {1, 0});
  for (u32 pc = 0; pc < length; pc++)
    if (w.reached[pc] != 0) follow(w, f, pc, code[pc]);
  return w.left;
}

// The IP header says `total`, and that it is no fragment.
bool is_whole(const Family& f, const u8* head, u32 total, bool cut) {
  const bool v4 = f.type == kIpv4.type;
  if (v4 && (base::load_be16(head + 20) & 0x3fff) != 0) return false;
  const u32 said = v4 ? base::load_be16(head + 16) + kEthernet : base::load_be16(head + 18) + f.tcp;
  return !cut || said == total;
}

}  // namespace

u16 offloads_of(const BpfInsn* code, u32 length) {
  return static_cast<u16>(offloads_of_family(kIpv4, code, length) | offloads_of_family(kIpv6, code, length));
}

Status offload_check(const SendPacket& packet, const u8* head, u32 captured, u32 total, OffloadPlan& plan) {
  const bool cut = packet.cut != 0;
  if (packet.sum != 1 || captured < kIpv4.tcp + kTcpHeader) return Status::BadArgument;
  const Family& f = base::load_be16(head + 12) == kIpv4.type ? kIpv4 : kIpv6;
  if (base::load_be16(head + 12) != f.type || (head[kEthernet] & f.version_mask) != f.version ||
      head[f.protocol] != kTcp || captured < f.tcp + kTcpHeader || !is_whole(f, head, total, cut))
    return Status::BadArgument;
  const u32 header = f.tcp + (head[f.tcp + kTcpOffset] >> 4) * 4u;
  if (header < f.tcp + kTcpHeader || header > captured) return Status::BadArgument;
  if (cut) {
    const u32 payload = total - header;
    if (packet.cut > kMaxPacket - header || payload <= packet.cut || payload > packet.cut * kMaxCuts ||
        (head[f.tcp + kTcpFlags] & ~kMayBeSet) != 0 || (head[f.tcp + kTcpOffset] & 15) != 0)
      return Status::BadArgument;
  }
  plan.needs = cut ? f.sum_bit | f.cut_bit : f.sum_bit;
  plan.sum_start = static_cast<u16>(f.tcp);
  plan.header_length = static_cast<u16>(header);
  return Status::Ok;
}

}  // namespace core
