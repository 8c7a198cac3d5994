// SPDX-License-Identifier: MIT
// How a system call's arguments arrive: registers, and typed pointers into user memory that can only
// be copied, once, into the kernel. Nothing user-writable is looked at twice.
#pragma once
#include "abi/status.hpp"
#include "abi/types.hpp"

// Copies between kernel and user memory; false on a fault (part may be copied then). The range was
// checked to lie below kUserEnd. Implemented in kernel/arch with SMAP off around the access.
extern "C" {
bool user_copy_in(void* to, abi::u64 from, abi::u64 bytes);
bool user_copy_words_in(void* to, abi::u64 from, abi::u64 words);  // of 8 bytes, aligned or not
// `words` of each of `count` elements, not 0, with `gap` bytes behind them that are passed over on both
// sides.
bool user_copy_heads_in(void* to, abi::u64 from, abi::u64 words, abi::u64 count, abi::u64 gap);
bool user_copy_out(abi::u64 to, const void* from, abi::u64 bytes);
}

namespace kernel {

using namespace abi;

// The argument registers, where the entry code put them (arch::Registers from r10 on): rdi, rsi, rdx,
// r10, r8, r9 in order.
struct SysArgs {
  u64 r10, r9, r8, rax, rcx, rdx, rsi, rdi;
};
// rax and rdx.
struct SysResult {
  Status status;
  u64 value;
};
// Who calls, and where.
struct Caller {
  u16 env;
  u16 cpu;
};
using Handler = SysResult (*)(Caller&, const SysArgs&);

// Ok if [address, address + bytes) is aligned and below kUserEnd. BadArgument: misaligned.
constexpr Status user_range(u64 address, u64 bytes, u64 alignment) {
  if (address % alignment != 0) return Status::BadArgument;
  if (address >= kUserEnd || bytes > kUserEnd - address) return Status::BadAddress;
  return Status::Ok;
}

inline constexpr u64 kWord = 8;  // bytes

// An array of T in user memory that the caller may read.
template <class T>
class UserIn {
 public:
  explicit constexpr UserIn(u64 address) : address_(address) {}
  // Copies the first `count` elements. BadArgument: misaligned; BadAddress.
  Status copy(T* to, u32 count) const {
    const u64 bytes = sizeof(T) * static_cast<u64>(count);
    const Status status = user_range(address_, bytes, alignof(T));
    if (status != Status::Ok) return status;
    const bool copied = sizeof(T) % kWord == 0 ? user_copy_words_in(to, address_, bytes / kWord)
                                               : user_copy_in(to, address_, bytes);
    return copied ? Status::Ok : Status::BadAddress;
  }
  // Of the first `count` elements, not 0, the first `bytes`, a multiple of 8; the range of all is checked.
  Status copy_heads(T* to, u32 count, u64 bytes) const {
    const Status status = check(count);
    if (status != Status::Ok) return status;
    return user_copy_heads_in(to, address_, bytes / kWord, count, sizeof(T) - bytes) ? Status::Ok
                                                                                     : Status::BadAddress;
  }
  // The same in parts: the check alone, and bytes [first, end) of element `index` of an array that has
  // passed it.
  constexpr Status check(u32 count) const {
    return user_range(address_, sizeof(T) * static_cast<u64>(count), alignof(T));
  }
  Status copy_part(T* to, u32 index, u64 first, u64 end) const {
    const u64 from = address_ + sizeof(T) * static_cast<u64>(index) + first;
    return user_copy_in(reinterpret_cast<u8*>(to) + first, from, end - first) ? Status::Ok
                                                                              : Status::BadAddress;
  }

 private:
  u64 address_;
};

// An array of T in user memory that the caller may write.
template <class T>
class UserOut {
 public:
  explicit constexpr UserOut(u64 address) : address_(address) {}
  Status copy(const T* from, u32 count) const {
    const Status status = check(count);
    if (status != Status::Ok) return status;
    return user_copy_out(address_, from, sizeof(T) * static_cast<u64>(count)) ? Status::Ok
                                                                              : Status::BadAddress;
  }
  // The checks of copy() that need no access, for calls that must not fail after they have changed
  // something. BadArgument: misaligned; BadAddress.
  constexpr Status check(u32 count) const {
    return user_range(address_, sizeof(T) * static_cast<u64>(count), alignof(T));
  }

 private:
  u64 address_;
};

}  // namespace kernel
