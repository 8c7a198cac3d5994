// SPDX-License-Identifier: MIT
// What build/kernel-fuzz.elf has in front of the dispatcher: it remembers the last calls, and after
// every few thousand it counts the core's tables again from scratch, under the kernel lock. The linker
// puts it there (--wrap); the ordinary kernel has none of it.
#include "kernel/syscall/dispatch.hpp"
#include "abi/syscall_numbers.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/log.hpp"
#include "kernel/syscall/net_flight.hpp"

namespace kernel {

SysResult dispatch_for_real(Caller& caller, u64 number, const SysArgs& args) asm(
    "__real__ZN6kernel8dispatchERNS_6CallerEmRKNS_7SysArgsE");
SysResult dispatch_and_check(Caller& caller, u64 number, const SysArgs& args) asm(
    "__wrap__ZN6kernel8dispatchERNS_6CallerEmRKNS_7SysArgsE");

namespace {

constexpr u64 kPeriod = 4096;   // calls between two checks
constexpr u64 kReport = 65536;  // calls between two lines
constexpr u32 kRemembered = 24;

struct Past {
  u64 number;
  SysArgs args;
  SysResult result;
  u16 env;
  u16 cpu;
};
constinit Past past[kRemembered]{};
constinit u64 calls = 0;
constinit u64 check_cycles = 0;

void print(const Past& p) {
  Log log("fuzz");
  base::Text& text = log.text();
  text.put("env ").dec(p.env).put(" cpu ").dec(p.cpu).put(" call ").dec(p.number).put('(');
  const u64 words[] = {p.args.rdi, p.args.rsi, p.args.rdx, p.args.r10, p.args.r8};
  for (const u64 word : words) text.hex(word).put(' ');
  text.hex(p.args.r9).put(") ").put(status_name(p.result.status)).put(' ').hex(p.result.value);
}

[[noreturn]] void stop(const char* wrong) {
  for (u64 i = calls > kRemembered ? calls - kRemembered : 0; i < calls; i++) print(past[i % kRemembered]);
  Log("fuzz").text().put("invariant broken after ").dec(calls).put(" calls: ").put(wrong);
  panic(wrong);
}

void report() {
  const u64 checks = calls / kPeriod;
  Log log("fuzz");
  log.text().dec(calls).put(" calls, ").dec(checks).put(" checks");
  if (checks != 0) log.text().put(", each of ").dec(check_cycles / checks / 1000).put(" thousand cycles");
}

void check() {
  const u64 start = arch::read_tsc();
  const char* wrong = core::check_invariants(net_pins());
  check_cycles += arch::read_tsc() - start;
  if (wrong != nullptr) stop(wrong);
  if (calls % kReport == 0) report();
}

}  // namespace

SysResult dispatch_and_check(Caller& caller, u64 number, const SysArgs& args) {
  if (caller.env == 0 && number == static_cast<u64>(Call::machine_off)) report();
  Past& p = past[calls % kRemembered];
  p = {number, args, {}, caller.env, caller.cpu};
  const SysResult result = dispatch_for_real(caller, number, args);
  p.result = result;
  if (result.status == Status::Again) return result;  // the same call comes again
  calls++;
  if (calls % kPeriod == 0) check();
  return result;
}

}  // namespace kernel
