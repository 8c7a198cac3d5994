// SPDX-License-Identifier: MIT
// A marker is an 8-byte NOP, `nopl disp32(%rax,%rax,1)`, whose displacement names an id. It does
// nothing on any processor; bench/plugin writes its counters down when one is executed.
#pragma once

namespace base {

inline constexpr unsigned char kMarker[] = {0x0f, 0x1f, 0x84, 0x00};  // then the displacement
inline constexpr unsigned kMarkerOperand = 0x45780000;
inline constexpr unsigned kMarkerId = 0xffff;

enum MarkerId : unsigned {
  kMarkRow = 1,    // a row of the table begins
  kMarkBegin = 2,  // of a sample
  kMarkEnd = 3,
};

template <MarkerId Id>
inline void mark() {
  asm volatile(".byte 0x0f,0x1f,0x84,0x00; .long %c0" : : "i"(kMarkerOperand + Id) : "memory");
}

}  // namespace base
