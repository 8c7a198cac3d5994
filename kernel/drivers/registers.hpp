// SPDX-License-Identifier: MIT
// A window onto device registers. Every access is one volatile load or store of the register's own
// width, and the compiler keeps it in order with ordinary memory. x86 orders the rest: stores to
// uncached memory are not seen before earlier stores (Intel SDM Vol. 3A, 9.2.2).
// Device structures are little-endian, as x86 is: nothing here swaps bytes.
#pragma once
#include "abi/types.hpp"

namespace drivers {
using namespace abi;

// Keeps the compiler from moving memory accesses across it.
inline void compiler_barrier() { asm volatile("" ::: "memory"); }
// Earlier stores are visible before later loads: the one reordering that x86 does by itself.
inline void full_barrier() { asm volatile("mfence" ::: "memory"); }

class Window {
 public:
  constexpr Window() = default;
  Window(volatile u8* base, u64 length) : base_(base), length_(length) {}

  // `offset` is aligned to T and inside the window.
  template <class T>
  T read(u64 offset) const {
    const T value = *reinterpret_cast<const volatile T*>(base_ + offset);
    compiler_barrier();
    return value;
  }
  template <class T>
  void write(u64 offset, T value) const {
    compiler_barrier();
    *reinterpret_cast<volatile T*>(base_ + offset) = value;
  }

  u64 length() const { return length_; }  // 0: there is no such window
  Window from(u64 offset) const { return Window(base_ + offset, length_ - offset); }

 private:
  volatile u8* base_ = nullptr;
  u64 length_ = 0;
};

// Maps device registers at any physical address. Boot only.
Window map_registers(u64 physical, u64 length);

}  // namespace drivers
