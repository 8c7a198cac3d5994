// SPDX-License-Identifier: MIT
// The verifier.
#include "kernel/core/bpf.hpp"

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

static bool ends_with_return(const BpfInsn* code, u32 length) {
  return (code[length - 1].code & kClass) == kRet;
}

Status bpf_verify(const BpfInsn* code, u32 length) {
  if (length == 0 || length > kMaxFilterInsns) return Status::BadProgram;
  for (u32 pc = 0; pc < length; pc++)
    if (!instruction_ok(code[pc], length - pc - 1)) return Status::BadProgram;
  return ends_with_return(code, length) ? Status::Ok : Status::BadProgram;
}

static bool key_ok(const BpfInsn& i, u32 behind, u32 key_count) {
  if (i.code != kBpfKeyStore && i.code != kBpfKeyCheck) return false;
  return i.jt < behind && i.jf == 0 && i.k < key_count && i.k < kMaxFilterKeys;
}

Status bpf_verify_shape(const BpfInsn* code, u32 length, u32 key_count) {
  if (length == 0 || length > kMaxFilterInsns) return Status::BadProgram;
  for (u32 pc = 0; pc < length; pc++) {
    const u32 behind = length - pc - 1;
    if (!instruction_ok(code[pc], behind) && !key_ok(code[pc], behind, key_count)) return Status::BadProgram;
  }
  return ends_with_return(code, length) ? Status::Ok : Status::BadProgram;
}

}  // namespace core
