// SPDX-License-Identifier: MIT
#include "core/syscall.hpp"

extern "C" {
abi::i64 exo_yield(abi::u64 env);
abi::i64 exo_sleep_until(const abi::WakePredicate* predicate, abi::u64 deadline);
abi::i64 exo_sleep(abi::u64 word, abi::u64 expected, abi::u64 deadline);
abi::i64 exo_env_call_with(abi::u64 env, const abi::CallMessage* message, abi::u64* reply);
abi::i64 exo_env_send(abi::u64 env, const abi::u64* arguments);
extern abi::u64 exo_call_brought;
extern abi::u32 exo_reply_capability, exo_reply_rights;
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

// The four words of a reply, and whether a capability came.
struct Reply {
  Words words;
  u64 brought;
};

Status call_with(u32 env, const CallMessage& message, Words& reply, bool& brought) {
  Reply got;
  const auto status = static_cast<Status>(exo_env_call_with(env, &message, got.words.word));
  if (status != Status::Ok) return status;
  reply = got.words;
  brought = got.brought != 0;
  return status;
}

Status send(u32 env, const Words& arguments) {
  return static_cast<Status>(exo_env_send(env, arguments.word));
}

bool call_brought_capability() { return exo_call_brought != 0; }
void reply_with_capability(u32 slot, u32 rights) {
  exo_reply_capability = slot;
  exo_reply_rights = rights;
}

Begun sleep_until(const WakePredicate& predicate, u64 deadline) {
  return begun(exo_sleep_until(&predicate, deadline));
}

void exit(u64 code) {
  for (;;) asm volatile("syscall" : : "a"(16ul), "D"(code) : "rcx", "r11", "rdx", "memory");
}

}  // namespace core
