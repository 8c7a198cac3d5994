// SPDX-License-Identifier: MIT
#include "apps/bench/child.hpp"

#include "apps/common/child_space.hpp"
#include "core/resources.hpp"
#include "core/syscall.hpp"

extern "C" const abi::u8 bench_child_code[], bench_child_call[], bench_child_end[];

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kQuota = 24;  // frames
constexpr u64 kCode = 0x10000, kUpcall = 0x30000;

Status build() {
  apps::ChildSpace space(Child::kSlot);
  TRY_STATUS(space.start());
  const u64 length = static_cast<u64>(bench_child_end - bench_child_code);
  TRY_STATUS(space.add_filled(kCode, {bench_child_code, length}, kRead | kExecute));
  const u32 upcall = TRY(space.spare_frame());
  TRY_STATUS(space.map(kUpcall, {&upcall, 1}, kRead | kWrite));
  EnvConfig config{};
  const char name[] = "bench-child";
  for (u32 i = 0; i < sizeof name; i++) config.name[i] = name[i];
  config.root_table = space.root_table();
  config.upcall_frame = upcall;
  config.save_frame = TRY(space.spare_frame());
  config.upcall_page = kUpcall;
  config.entry_begin = kCode;
  config.entry_call = kCode + static_cast<u64>(bench_child_call - bench_child_code);
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
