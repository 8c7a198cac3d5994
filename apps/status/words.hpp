// SPDX-License-Identifier: MIT
// What the ledger's numbers are called, and how times are written.
#pragma once
#include "abi/ledger.hpp"
#include "core/time.hpp"

namespace status {
using namespace abi;

constexpr const char* state_word(EnvState state) {
  switch (state) {
    case EnvState::Unused:
      return "unused";
    case EnvState::Embryo:
      return "embryo";
    case EnvState::Ready:
      return "ready";
    case EnvState::Running:
      return "running";
    case EnvState::Sleeping:
      return "sleeping";
    case EnvState::Calling:
      return "calling";
    case EnvState::Dead:
      return "dead";
  }
  return "?";
}

constexpr const char* device_word(DeviceType type) {
  switch (type) {
    case DeviceType::None:
      return "none";
    case DeviceType::Nvme:
      return "nvme";
    case DeviceType::VirtioBlk:
      return "virtio-blk";
    case DeviceType::VirtioNet:
      return "virtio-net";
  }
  return "?";
}

constexpr const char* resource_word(Resource resource) {
  switch (resource) {
    case Resource::Frames:
      return "frames";
    case Resource::Caps:
      return "capabilities";
    case Resource::Filters:
      return "filters";
    case Resource::Slices:
      return "slices";
    case Resource::Pins:
      return "pins";
    case Resource::Commands:
      return "commands";
    case Resource::Wired:
      return "wired";
  }
  return "?";
}

inline u64 milliseconds(u64 cycles) { return core::clock().nanoseconds(cycles) / core::kMillisecond; }

// Until an environment has to have given back what is demanded of it; 0 if that is over.
inline u64 milliseconds_left(const EnvEntry& env) {
  const u64 now = core::tsc();
  return env.demand_deadline > now ? milliseconds(env.demand_deadline - now) : 0;
}

inline u32 slices_of(const CpuEntry& cpu, u32 env) {
  u32 n = 0;
  for (const u16 owner : cpu.slices)
    if (owner == env) n++;
  return n;
}

}  // namespace status
