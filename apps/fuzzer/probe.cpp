// SPDX-License-Identifier: MIT
#include "apps/fuzzer/probe.hpp"

#include "core/upcall.hpp"
#include "vm/vm.hpp"

extern "C" {
extern const abi::u8 fuzzer_read[], fuzzer_read_end[], fuzzer_write[], fuzzer_write_end[], fuzzer_no[];
bool fuzzer_probe_read(abi::u64 address, abi::u64* value);
bool fuzzer_probe_write(abi::u64 address, abi::u64 value);
}

namespace fuzzer {

namespace {

constexpr u64 kPageFault = 14;

bool inside(u64 rip, const u8* begin, const u8* end) {
  return rip >= reinterpret_cast<u64>(begin) && rip < reinterpret_cast<u64>(end);
}

void handle(core::Fault& fault) {
  const u64 rip = fault.trap.rip;
  const bool ours = inside(rip, fuzzer_read, fuzzer_read_end) || inside(rip, fuzzer_write, fuzzer_write_end);
  if (fault.trap.vector != kPageFault || !ours) core::end_by_fault(fault);
  fault.trap.rip = reinterpret_cast<u64>(fuzzer_no);
}

}  // namespace

void catch_faults() { vm::on_other_fault(handle); }
bool probe_read(u64 address, u64& value) { return fuzzer_probe_read(address, &value); }
bool probe_write(u64 address, u64 value) { return fuzzer_probe_write(address, value); }

}  // namespace fuzzer
