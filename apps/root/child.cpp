// SPDX-License-Identifier: MIT
#include "apps/root/child.hpp"

#include "base/entry_table.hpp"
#include "base/memory.hpp"
#include "core/console.hpp"
#include "core/resources.hpp"

namespace root {

namespace {

namespace sys = abi::sys;

Result<elf::Program> find_program(const Machine& machine, const char* name) {
  const ArchiveEntry* entry = machine.archive().find_program(name);
  if (entry == nullptr) return Status::OutOfRange;
  const base::Bytes bytes = machine.archive().bytes(*entry);
  return elf::Program::open({bytes.data, bytes.size});
}

// The manifest counts frames and slices (slices.cpp); the rest is the same for all, and more for one
// that makes environments out of its own quota.
EnvQuota quota_for(const Machine& machine, const manifest::Env& plan) {
  EnvQuota q = usual_quota(plan.frames);
  if ((plan.capabilities & manifest::kCreate) == 0) return q;
  const EnvEntry& root = machine.env(0);
  q[Resource::Caps] = 12 * kCapsPerEnv;
  q[Resource::Filters] = (quota_of(root, Resource::Filters) - used_of(root, Resource::Filters)) / 2;
  q[Resource::Pins] = 8192;
  q[Resource::Commands] = 256;
  return q;
}

}  // namespace

Status Child::make(const Machine& machine, const RootInfo& windows, const manifest::Env& plan, Child& child) {
  child = Child();
  child.plan_ = &plan;
  const Status status = child.build(machine, windows);
  if (status == Status::Ok) return status;
  core::Line().text().put(plan.name).put(": cannot be made: ").put(status_name(status));
  if (child.env_ != kNone && sys::env_destroy(child.env_).status == Status::Ok) {
    const Status reaped = child.reap();
    if (reaped != Status::Ok) core::Line().text().put("and cannot be taken back: ").put(status_name(reaped));
  }
  return status;
}

Status Child::build(const Machine& machine, const RootInfo& windows) {
  const elf::Program program = TRY(find_program(machine, plan_->program));
  const u32 slot = TRY(core::slots().take());
  const EnvQuota quota = quota_for(machine, *plan_);
  const core::SysResult made = sys::env_create(kSlotSelf, slot, &quota);
  if (made.status != Status::Ok) {
    core::slots().put(slot);
    return made.status;
  }
  env_ = slot;
  number_ = static_cast<u32>(made.value);
  describe(machine, program);
  TRY_STATUS(grant_all(machine, windows));
  ChildSpace space(env_);
  TRY_STATUS(space.start());
  TRY_STATUS(load(space, program));
  return configure(space, program);
}

Status Child::load(ChildSpace& space, const elf::Program& program) {
  for (const elf::Segment& s : program.segments()) {
    TRY_STATUS(space.add_filled(s.address, s.bytes, s.rights));
    const u64 filled = (s.bytes.size() + kPageSize - 1) / kPageSize;
    TRY_STATUS(space.add_zeroed(s.address + filled * kPageSize, s.pages() - filled, s.rights));
  }
  return space.add_zeroed(info_.stack_base, core::kStackPages, kRead | kWrite);
}

Status Child::configure(ChildSpace& space, const elf::Program& program) {
  EnvConfig config{};
  memcpy(config.name, plan_->name, sizeof config.name);
  const u32 upcall = TRY(space.spare_frame());
  TRY_STATUS(space.map(core::kUpcallAddress, {&upcall, 1}, kRead | kWrite));
  const u32 notice = TRY(space.spare_frame());
  TRY_STATUS(space.map(core::kNoticeAddress, {&notice, 1}, kRead | kWrite));
  config.notice_frame = notice;
  config.root_table = space.root_table();
  config.upcall_frame = upcall;
  config.save_frame = TRY(space.spare_frame());
  config.upcall_page = core::kUpcallAddress;
  base::set_entries(config, program.entries());
  config.stack = info_.stack_top;
  config.argument = core::kStartAddress;
  config.accept_slot = kChildAccept;
  // The start page comes last: it lists the page tables, of which there are no new ones now.
  info_.root_table = space.root_table();
  info_.table_count = static_cast<u32>(space.tables().size());
  memcpy(info_.tables, space.tables().data(), space.tables().size_bytes());
  info_.frames_left = plan_->frames - space.frames_used() - 1;
  const auto* bytes = reinterpret_cast<const u8*>(&info_);
  TRY_STATUS(space.add_filled(core::kStartAddress, {bytes, sizeof info_}, kRead));
  return sys::env_configure(env_, &config).status;
}

void Child::describe(const Machine& machine, const elf::Program& program) {
  info_.magic = core::kStartMagic;
  info_.version = core::kStartVersion;
  info_.env = number_;
  memcpy(info_.name, plan_->name, sizeof info_.name);
  memcpy(info_.args, plan_->args, sizeof info_.args);
  info_.image_base = program.base();
  info_.image_end = program.end();
  info_.stack_top = core::kStackTop;
  info_.stack_base = core::kStackTop - core::kStackPages * kPageSize;
  info_.first_free_slot = kChildFirstFree;
  info_.accept = kChildAccept;
  info_.cpu_count = machine.ledger().cpu_count;
  info_.frame_count = static_cast<u32>(machine.ledger().frame_count);
  info_.console = info_.machine = info_.create = info_.slices = kNone;
  info_.ledger.slot = info_.frame_table.slot = info_.time_page.slot = kNone;
  info_.log.slot = info_.stop.slot = kNone;
  info_.extent.slot = info_.network.receive = info_.network.send = kNone;
}

Status Child::start() {
  started_ = true;
  return sys::env_start(env_).status;
}

Status Child::reap() {
  TRY_STATUS(core::until_done([&] { return sys::env_reap(env_).status; }));
  core::slots().put(env_);
  env_ = kNone;
  for (; kept_count_ > 0; kept_count_--) {
    TRY_STATUS(sys::cap_drop(kept_[kept_count_ - 1]).status);
    core::slots().put(kept_[kept_count_ - 1]);
  }
  return Status::Ok;
}

}  // namespace root
