// SPDX-License-Identifier: MIT
// Random operations on the core with arguments that are mostly plausible and sometimes absurd, by
// environments that come and go.
#pragma once
#include <random>

#include "random_tlb.hpp"

namespace test {

class Steps {
 public:
  explicit Steps(u32 seed);
  // One operation. Its status is counted.
  void step();
  const TlbModel& tlb() const { return tlb_; }
  const char* failure() const { return failure_; }  // something that a step itself saw
  u32 succeeded(u32 kind) const { return succeeded_[kind]; }
  static constexpr u32 kKinds = 29;

 private:
  u32 pick(u32 limit) { return static_cast<u32>(random_() % limit); }
  bool chance(u32 one_in) { return pick(one_in) == 0; }
  u16 pick_env();
  u32 pick_frame(u16 env);
  u32 pick_table(u16 env);
  u32 pick_frames_slot(u16 env);
  u32 pick_slot() { return chance(50) ? pick(1000) : pick(12); }
  u32 pick_rights() { return chance(20) ? pick(300) : kRead | pick(8) | (chance(3) ? 0 : kGrant); }

  Status run(u32 kind);
  Status frames_step(u32 kind, u16 env);
  Status pages_step(u32 kind, u16 env);
  Status caps_step(u32 kind, u16 env);
  Status envs_step(u32 kind, u16 env);
  Status disk_step(u32 kind, u16 env);
  Status net_step(u32 kind, u16 env);
  Status cpu_step();
  Status large_step(u32 kind);
  void load_new(u32 table, u32 slot);
  EnvQuota pick_quota();
  Status page_set_step(u16 env);
  Status clear_and_reuse(u16 env, u32 table, u32 slot);
  Status open_queue(u16 env);
  Status begin_command(u16 env);
  Status complete_some(u32 queue);
  Status open_binding(u16 env);
  Status made(u16 env, u32 slot, Status status);

  std::mt19937 random_;
  TlbModel tlb_;
  const char* failure_ = nullptr;
  u32 succeeded_[kKinds] = {};
};

}  // namespace test
