// SPDX-License-Identifier: MIT
// Child: an environment that root makes out of one entry of the manifest: its memory, its share of
// the machine's capabilities, its start page. It begins to run with start().
#pragma once
#include "apps/common/child_space.hpp"
#include "apps/root/machine.hpp"
#include "elf/elf.hpp"

namespace root {
using apps::ChildSpace;

// Slots of every child's table that root fills; those that the child does not get stay empty.
inline constexpr u32 kChildConsole = 1;
inline constexpr u32 kChildTime = 2;
inline constexpr u32 kChildLedger = 3;
inline constexpr u32 kChildFrameTable = 4;
inline constexpr u32 kChildMachine = 5;
inline constexpr u32 kChildExtent = 6;
inline constexpr u32 kChildReceive = 7;
inline constexpr u32 kChildSend = 8;
inline constexpr u32 kChildCreate = 9;
inline constexpr u32 kChildAccept = 10;  // empty: see StartInfo::accept
inline constexpr u32 kChildLog = 11;
inline constexpr u32 kChildStop = 12;
inline constexpr u32 kChildSlices = 16;                     // one for each CPU from here on
inline constexpr u32 kChildLogs = kChildSlices + kMaxCpus;  // and each log that it may read
inline constexpr u32 kChildFirstFree = kChildLogs + manifest::kMaxLogs;

class Child {
 public:
  constexpr Child() = default;

  // Makes the environment with everything that `plan` says and that the machine has. On an error
  // the console says what failed, and nothing of it is left.
  static Status make(const Machine& machine, const RootInfo& windows, const manifest::Env& plan,
                     Child& child);
  Status start();
  bool started() const { return started_; }

  const manifest::Env& plan() const { return *plan_; }
  u32 slot() const { return env_; }  // root's capability to it
  u32 number() const { return number_; }
  const core::StartInfo& info() const { return info_; }
  bool alive() const { return env_ != kNone; }
  // Takes back everything that a dead one held. Busy: a device still uses its frames, try later.
  Status reap();

 private:
  Status build(const Machine& machine, const RootInfo& windows);
  Status load(ChildSpace& space, const elf::Program& program);
  Status configure(ChildSpace& space, const elf::Program& program);
  void describe(const Machine& machine, const elf::Program& program);

  // grants.cpp
  Status grant_all(const Machine& machine, const RootInfo& windows);
  Status grant_plain(const Machine& machine, const RootInfo& windows);
  Status grant_extent(const Machine& machine);
  Status grant_network(const Machine& machine);
  Status grant_logs(const Machine& machine);
  Result<u32> keep_slot();

  const manifest::Env* plan_ = nullptr;
  u32 env_ = kNone;
  u32 number_ = kNone;
  bool started_ = false;
  u32 kept_[3] = {};  // root's slots that the child's capabilities were derived from
  u32 kept_count_ = 0;
  core::StartInfo info_{};
};

}  // namespace root
