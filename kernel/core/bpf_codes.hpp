// SPDX-License-Identifier: MIT
// The opcodes of classic BPF (McCanne and Jacobson 1993; pcap-filter's <pcap/bpf.h> has the same
// numbers): a class, and by class a size and mode, an operation and operand, or a return value.
#pragma once
#include "abi/net.hpp"

namespace core::bpf {

using abi::u16;

inline constexpr u16 kClass = 0x07;
inline constexpr u16 kLd = 0x00, kLdx = 0x01, kSt = 0x02, kStx = 0x03;
inline constexpr u16 kAlu = 0x04, kJmp = 0x05, kRet = 0x06, kMisc = 0x07;

inline constexpr u16 kSize = 0x18;
inline constexpr u16 kWord = 0x00, kHalf = 0x08, kByte = 0x10;
inline constexpr u16 kMode = 0xe0;
inline constexpr u16 kImm = 0x00, kAbs = 0x20, kInd = 0x40, kMem = 0x60, kLen = 0x80, kMsh = 0xa0;

inline constexpr u16 kOperation = 0xf0;
inline constexpr u16 kAdd = 0x00, kSub = 0x10, kMul = 0x20, kDiv = 0x30, kOr = 0x40, kAnd = 0x50;
inline constexpr u16 kLsh = 0x60, kRsh = 0x70, kNeg = 0x80, kMod = 0x90, kXor = 0xa0;
inline constexpr u16 kJa = 0x00, kJeq = 0x10, kJgt = 0x20, kJge = 0x30, kJset = 0x40;
inline constexpr u16 kX = 0x08;  // operand: X instead of k
// Of shapes only (abi/net.hpp).
inline constexpr u16 kKeyStore = 0xe0, kKeyCheck = 0xf0;
static_assert(abi::kBpfKeyStore == (kJmp | kKeyStore) && abi::kBpfKeyCheck == (kJmp | kKeyCheck));

inline constexpr u16 kA = 0x10;  // RET: A instead of k
inline constexpr u16 kTax = 0x00, kTxa = 0x80;

}  // namespace core::bpf
