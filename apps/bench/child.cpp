// SPDX-License-Identifier: MIT
#include "apps/bench/child.hpp"

#include "apps/common/small_child.hpp"
#include "core/resources.hpp"
#include "core/syscall.hpp"

extern "C" const abi::u8 bench_child_code[], bench_child_call[], bench_child_end[];

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kQuota = 24;  // frames

Status build() {
  apps::ChildSpace space(Child::kSlot);
  EnvConfig config;
  TRY_STATUS(apps::fill_small_child(space, {{bench_child_code, bench_child_end}, "bench-child"}, config));
  config.entry_call = apps::kSmallCode + static_cast<u64>(bench_child_call - bench_child_code);
  TRY_STATUS(sys::env_configure(Child::kSlot, &config).status);
  return sys::env_start(Child::kSlot).status;
}

}  // namespace

Result<Child> Child::make() {
  const EnvQuota quota = small_quota(kQuota);
  TRY_STATUS(sys::env_create(core::start_info->create, kSlot, &quota).status);
  TRY_STATUS(build());
  return Child();
}

Status Child::unmake() const {
  TRY_STATUS(sys::env_destroy(kSlot).status);
  return core::until_done([] { return sys::env_reap(kSlot).status; });
}

}  // namespace bench
