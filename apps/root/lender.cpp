// SPDX-License-Identifier: MIT
#include "apps/root/lender.hpp"

#include "core/console.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace root {

namespace {

namespace sys = abi::sys;

constexpr u32 kReserve = 256;                 // frames that root keeps for itself
constexpr u32 kSmallest = 64;                 // shares that differ by less stay as they are
constexpr u64 kPatience = 5 * core::kSecond;  // from a demand to force: time to write to a disk
constexpr u32 kSteps = 64;                    // of force at one look
constexpr u32 kMostStuck = 100;               // looks, then it is destroyed
constexpr u32 kFrames = static_cast<u32>(Resource::Frames);

u32 unused(const EnvEntry& env) { return frame_quota(env) - frames_owned(env); }
u32 lent_to(const Machine& machine, const Child& child) {
  return frame_quota(machine.env(child.number())) - child.plan().frames;
}
bool borrows(const Child& child) { return child.alive() && child.started() && child.plan().borrow != 0; }

}  // namespace

// What was asked for and not given when its time is over is taken, a bounded step after the other.
void Lender::collect(Child& child, Account& account, u64 now) {
  Status status = Status::Again;
  for (u32 i = 0; i < kSteps && status == Status::Again; i++) {
    status = sys::env_repossess(child.slot()).status;
    if (now < account.deadline) break;
  }
  if (status == Status::Again) return;
  if (status == Status::Busy && ++account.stuck < kMostStuck) return;
  core::Line line;
  line.text().put(child.plan().name);
  if (status == Status::Ok) {
    line.text().put(now < account.deadline ? " gave back " : " lost ").dec(account.asked).put(" frames");
  } else {
    line.text().put(" holds what it must give back (").put(status_name(status)).put("): it is ended");
    if (sys::env_destroy(child.slot()).status != Status::Ok) line.text().put(", or would be");
  }
  account = Account();
}

void Lender::balance(Child& child, Account& account, u32 lent, u32 share, u64 now) {
  if (share >= lent + kSmallest || (share > lent && share == child.plan().borrow)) {
    if (sys::env_quota(child.slot(), kFrames, share - lent).status == Status::Ok)
      core::Line().text().put("lends ").dec(share - lent).put(" frames to ").put(child.plan().name);
  } else if (lent >= share + kSmallest) {
    const u64 deadline = now + kPatience;
    if (sys::env_reclaim(child.slot(), kFrames, lent - share, core::tsc_at(deadline)).status != Status::Ok)
      return;
    account = {lent - share, deadline, 0};
    core::Line().text().put("asks ").put(child.plan().name).put(" for ").dec(lent - share).put(" frames");
  }
}

void Lender::step(const Machine& machine, std::span<Child> children, u64 now) {
  Loan loans[manifest::kMaxEnvs] = {};
  u32 pool = 0;
  for (u32 i = 0; i < children.size(); i++) {
    Child& child = children[i];
    if (!borrows(child)) {
      accounts_[i] = Account();
      continue;
    }
    if (accounts_[i].asked != 0) collect(child, accounts_[i], now);
    loans[i].most = child.plan().borrow;
    pool += lent_to(machine, child);
  }
  const u32 left = unused(machine.env(0));
  if (left > kReserve) pool += left - kReserve;
  share_fairly({loans, children.size()}, pool);
  for (u32 i = 0; i < children.size(); i++)
    if (borrows(children[i]) && accounts_[i].asked == 0)
      balance(children[i], accounts_[i], lent_to(machine, children[i]), loans[i].share, now);
}

}  // namespace root
