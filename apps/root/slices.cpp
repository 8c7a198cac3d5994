// SPDX-License-Identifier: MIT
#include "apps/root/slices.hpp"

#include "apps/root/slice_plan.hpp"
#include "core/syscall.hpp"

namespace root {

namespace {

namespace sys = abi::sys;

constexpr u16 kRoot = 0xfffe;  // stands for root in a plan; children are their index

void add_claims(SlicePlan& plan, const manifest::Env& env, u16 who, u32 cpu, u32 cpu_count) {
  for (u32 i = 0; i < env.slice_claims; i++) {
    const manifest::SliceClaim& claim = env.slices[i];
    if (claim.cpu % cpu_count == cpu) plan.add({who, claim.count, claim.spread != 0});
  }
}

u32 slot_of(u16 who, std::span<const Child> children) {
  if (who == kNoEnv) return kNone;
  return who == kRoot ? kSlotSelf : children[who].slot();
}

// One call for each run of positions of the same owner.
Status write_vector(u32 cpu, const SlicePlan& plan, std::span<const Child> children) {
  const auto positions = plan.positions();
  for (u32 first = 0; first < kSlicePositions;) {
    u32 end = first + 1;
    while (end < kSlicePositions && positions[end] == positions[first]) end++;
    const u32 env = slot_of(positions[first], children);
    TRY_STATUS(sys::slice_assign(kRootSlices + cpu, env, first, end - first).status);
    first = end;
  }
  return Status::Ok;
}

Status give_quota(const Child& child, u32 positions) {
  return sys::env_quota(child.slot(), static_cast<u32>(Resource::Slices), positions).status;
}

// Whoever has positions on a CPU asks for its idle time too, with the weight of the manifest. When too
// many ask, the rest goes without.
Status ask_idle(u32 cpu, u32 env, u32 positions, u32 weight) {
  const Status asked = sys::slice_idle(kRootSlices + cpu, env, positions == 0 ? 0 : weight).status;
  return asked == Status::NoSpace ? Status::Ok : asked;
}

}  // namespace

Status assign_slices(const Machine& machine, std::span<const Child> children, std::span<SliceShare> shares) {
  const u32 cpu_count = machine.ledger().cpu_count;
  const u16 child_count = static_cast<u16>(children.size());
  for (u32 cpu = 0; cpu < cpu_count; cpu++) {
    SlicePlan plan;
    const manifest::Env& own = machine.manifest().envs()[0];
    add_claims(plan, own, kRoot, cpu, cpu_count);
    if (cpu == 0 && own.slice_claims == 0) plan.add({kRoot, 1, true});
    for (u16 i = 0; i < child_count; i++)
      if (children[i].alive()) add_claims(plan, children[i].plan(), i, cpu, cpu_count);
    plan.place();
    for (u16 i = 0; i < child_count; i++) {
      shares[i].count[cpu] = plan.share(i);
      if (children[i].alive()) TRY_STATUS(give_quota(children[i], shares[i].count[cpu]));
    }
    TRY_STATUS(write_vector(cpu, plan, children));
    TRY_STATUS(ask_idle(cpu, kSlotSelf, plan.share(kRoot), own.idle));
    for (u16 i = 0; i < child_count; i++)
      if (children[i].alive())
        TRY_STATUS(ask_idle(cpu, children[i].slot(), plan.share(i), children[i].plan().idle));
  }
  return Status::Ok;
}

}  // namespace root
