// SPDX-License-Identifier: MIT
// Single instructions and registers of the processor (Intel SDM Vol. 2).
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

inline u64 read_tsc() {
  u32 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return static_cast<u64>(high) << 32 | low;
}
inline u64 read_msr(u32 index) {
  u32 low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
  return static_cast<u64>(high) << 32 | low;
}
inline void write_msr(u32 index, u64 value) {
  asm volatile("wrmsr" : : "c"(index), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)));
}
struct CpuId {
  u32 eax, ebx, ecx, edx;
};
inline CpuId cpuid(u32 leaf, u32 subleaf = 0) {
  CpuId r;
  asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}
inline u64 read_cr2() {
  u64 v;
  asm volatile("movq %%cr2, %0" : "=r"(v));
  return v;
}
inline u64 read_cr3() {
  u64 v;
  asm volatile("movq %%cr3, %0" : "=r"(v));
  return v;
}
inline void write_cr3(u64 v) { asm volatile("movq %0, %%cr3" : : "r"(v) : "memory"); }
inline u64 read_cr0() {
  u64 v;
  asm volatile("movq %%cr0, %0" : "=r"(v));
  return v;
}
inline void write_cr0(u64 v) { asm volatile("movq %0, %%cr0" : : "r"(v)); }
inline u64 read_cr4() {
  u64 v;
  asm volatile("movq %%cr4, %0" : "=r"(v));
  return v;
}
inline void write_cr4(u64 v) { asm volatile("movq %0, %%cr4" : : "r"(v) : "memory"); }
inline void pause() { asm volatile("pause"); }

}  // namespace arch
