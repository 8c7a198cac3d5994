// SPDX-License-Identifier: MIT
// Calls to other environments: with and without a reply, with a deadline, with a capability.
#include "apps/fuzzer/op.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace fuzzer {

namespace {

constexpr Allowed kCalled =
    any_of(Status::Ok, Status::Busy, Status::Gone, Status::BadCap, Status::Denied, Status::NoSpace);

core::Words random_words() {
  return {{run.random.next(), run.random.next(), run.random.next(), run.random.next()}};
}

// The words that come back are the callee's answer to ours. Zeros: it has no handler yet.
void check_reply(const core::Words& sent, const core::Words& reply) {
  if ((reply.word[0] | reply.word[1] | reply.word[2] | reply.word[3]) == 0) return;
  if (reply.word[0] != sent.word[0] + sent.word[1] || reply.word[1] != sent.word[2] ||
      reply.word[2] != sent.word[3])
    fail("a call came back with other words", reply.word[0]);
}

void call_other() {
  const u32 to = random_other();
  const bool patient = run.random.one_in(2);
  const u64 deadline = patient ? kForever : core::tsc() + run.random.below(200000);
  const core::Words words = random_words();
  core::Words reply{};
  const Status status = core::call(to, words, reply, deadline);
  note(Call::env_call, to, words.word[0], deadline, {status, reply.word[0]});
  const Allowed allowed = patient ? kCalled : kCalled | one(Status::TimedOut);
  if (expect({status, 0}, allowed, "env_call")) check_reply(words, reply);
}

void send() {
  const u32 to = random_other();
  const Status status = core::send(to, random_words());
  note(Call::env_send, to, 0, 0, {status, 0});
  expect({status, 0}, kCalled, "env_send");
}

// A capability goes along: into the callee's accept_slot, if that is empty.
void call_with_capability() {
  const u32 slot = random_cap();
  const u32 to = run.random.one_in(2) ? random_other() : kPeers + run.random.below(kPeerCount);
  if (slot == kNone) return;
  Cap& cap = shadow.caps[slot];
  const u32 extra = run.random.one_in(3) ? 1u << run.random.below(8) : 0;
  u32 rights = (cap.rights & static_cast<u32>(run.random.next())) | extra;
  if (cap.type == CapType::Extent) rights &= ~u32{kWrite};  // the disk's contents are checked
  const core::Words words = random_words();
  const CallMessage message{
      {words.word[0], words.word[1], words.word[2], words.word[3]}, core::tsc() + 20000000, slot, rights};
  core::Words reply{};
  bool brought = false;
  const Status status = core::call_with(to, message, reply, brought);
  note(Call::env_call_with, to, slot, rights, {status, reply.word[0]});
  if ((cap.rights & kGrant) == 0 || (rights & ~cap.rights) != 0)
    return expect_refused({status, 0}, "env_call_with more than one has");
  const Allowed allowed = kCalled | any_of(Status::Occupied, Status::Quota, Status::TimedOut);
  if (expect({status, 0}, allowed, "env_call_with")) check_reply(words, reply);
  if (status == Status::Ok || status == Status::TimedOut) lend(cap, rights);
  if (brought) fail("a reply brought a capability that nobody sent");
}

void reply_to_nobody() {
  const u32 slot = random_cap();
  if (run.random.one_in(2) || slot == kNone)
    return expect_refused(call(Call::env_reply, 1, 2, 3, 4), "env_reply to nobody");
  expect_refused(call(Call::env_reply_with, 1, 2, 3, 4, slot, 0), "env_reply_with to nobody");
}

core::Words answer(u64 caller, const core::Words& arguments) {
  return {{arguments.word[0] + arguments.word[1], arguments.word[2], arguments.word[3], caller}};
}

constexpr Op kOps[] = {{"call_other", 8, call_other},
                       {"send", 3, send},
                       {"call_with_capability", 6, call_with_capability},
                       {"reply_to_nobody", 1, reply_to_nobody}};

}  // namespace

std::span<const Op> call_ops() { return kOps; }

void answer_calls() { core::on_call(answer); }

}  // namespace fuzzer
