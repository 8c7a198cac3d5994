// SPDX-License-Identifier: MIT
// Families console and machine.
#include "kernel/console.hpp"

#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/panic.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/log.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

namespace {
constexpr u32 kMaxText = 256;
}

SysResult sys_null(Caller&) { return {Status::Ok, 0}; }

SysResult sys_console_write(Caller& caller, u32 console, UserIn<char> text, u32 length) {
  const auto cap = core::cap_find(caller.env, console, CapType::Console, kWrite);
  if (!cap.ok()) return {cap.status(), 0};
  if (length > kMaxText) return {Status::BadArgument, 0};
  char copy[kMaxText];
  const Status status = text.copy(copy, length);
  if (status != Status::Ok) return {status, 0};
  return {console_append(caller.env, copy, length), 0};
}

SysResult sys_machine_off(Caller& caller, u32 machine, u64 code) {
  const auto cap = core::cap_find(caller.env, machine, CapType::Machine, kWrite);
  if (!cap.ok()) return {cap.status(), 0};
  for (u16 env = 0; env < kMaxEnvs; env++) console_finish(env);
  console_drain();
  Log("machine").text().put("off, code ").dec(code);
  arch::machine_exit(code == 0 ? arch::kExitClean : arch::kExitFailure);
}

SysResult sys_machine_button(Caller& caller, u32 machine) {
  const auto cap = core::cap_find(caller.env, machine, CapType::Machine, kWrite);
  if (!cap.ok()) return {cap.status(), 0};
  return {Status::Ok, arch::take_power_button() ? 1u : 0u};
}

}  // namespace kernel
