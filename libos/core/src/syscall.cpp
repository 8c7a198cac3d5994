// SPDX-License-Identifier: MIT
#include "core/syscall.hpp"

extern "C" {
abi::i64 exo_yield(abi::u64 env);
abi::i64 exo_sleep(abi::u64 word, abi::u64 expected, abi::u64 deadline);
abi::i64 exo_env_call(abi::u64 env, const abi::u64* arguments, abi::u64* reply);
}

namespace core {

static Begun begun(i64 answer) {
  if (static_cast<Status>(answer) == Status::TimedOut) return {Status::Ok, BeginReason::Deadline};
  if (answer < 0) return {static_cast<Status>(answer), BeginReason::Start};
  return {Status::Ok, static_cast<BeginReason>(answer)};
}

Begun yield(u32 env) { return begun(exo_yield(env)); }

Begun sleep(const volatile u64* word, u64 expected, u64 deadline) {
  return begun(exo_sleep(reinterpret_cast<u64>(word), expected, deadline));
}

Status call(u32 env, const Words& arguments, Words& reply) {
  return static_cast<Status>(exo_env_call(env, arguments.word, reply.word));
}

void exit(u64 code) {
  for (;;) asm volatile("syscall" : : "a"(16ul), "D"(code) : "rcx", "r11", "rdx", "memory");
}

}  // namespace core
