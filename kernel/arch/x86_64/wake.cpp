// SPDX-License-Identifier: MIT
// Sleeping and waking, and the end of an environment: what the rest of the kernel tells the
// scheduler (schedule.hpp).
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/console.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/wakeup.hpp"
#include "kernel/log.hpp"

namespace arch {

constinit Context contexts[kMaxEnvs]{};

void end_call(u16 caller, Status status) {
  Context& context = contexts[caller];
  contexts[envs[caller].calling].call.caller = kNoEnv;
  context.now.resume = Resume::Reply;
  context.reply_status = status;
  envs[caller].state = EnvState::Ready;
}

// The word may be unmapped by now: then the sleeper is woken and finds out.
bool word_changed(u16 env) {
  const Activity& activity = contexts[env].now;
  if (activity.wake_word == 0) return false;
  if (activity.wake_word == kWakePredicate)
    return core::wakeup_due(envs[env].root_table, wake_predicate(contexts[env]));
  const auto physical = core::page_walk(envs[env].root_table, activity.wake_word, false);
  return !physical.ok() || *phys_to_virt<volatile u64>(physical.value()) != activity.wake_expected;
}

void env_configured(u16 env, const EnvConfig& config) {
  Context& context = contexts[env];
  context = Context{};
  context.config = config;
  context.page = phys_to_virt<UpcallPage>(static_cast<u64>(config.upcall_frame) << kPageShift);
  context.save = phys_to_virt<SaveArea>(static_cast<u64>(config.save_frame) << kPageShift);
  context.env = env;
  context.entry = &envs[env];
  context.cr3 = static_cast<u64>(config.root_table) << kPageShift;
  context.call.caller = kNoEnv;
  context.now.resume = Resume::Begin;
  context.now.reason = BeginReason::Start;
  context.now.rsp = config.stack;
}

void env_ready(u16 env) {
  envs[env].started = now_tsc();
  kick_cpus_of(env);
}

void wake(u16 env, BeginReason reason) {
  contexts[env].now.reason = reason;
  contexts[env].now.resume = Resume::Begin;
  contexts[env].notified = false;
  envs[env].state = EnvState::Ready;
}

bool wake_if_due(u16 env, u64 now) {
  if (word_changed(env)) {
    wake(env, BeginReason::Woken);
  } else if (now >= contexts[env].now.wake_deadline) {
    wake(env, BeginReason::Deadline);
  } else {
    return false;
  }
  return true;
}

void env_notified(u16 env) {
  if (envs[env].state == EnvState::Sleeping) {
    wake(env, BeginReason::Woken);
    kick_cpus_of(env);
  } else {
    contexts[env].notified = true;
  }
}

void env_memory_changed(u16 env) {
  const bool asked = envs[env].state == EnvState::Sleeping && contexts[env].now.wake_word == kWakePredicate;
  if (!asked || word_changed(env)) env_notified(env);
}

void env_notice(u16 env) {
  Context& context = contexts[env];
  if (envs[env].root_table == kNone || envs[env].state == EnvState::Dead) return;
  if (context.config.entry_notice == 0) return;
  context.notice = true;
  if (envs[env].state == EnvState::Sleeping) {
    wake(env, BeginReason::Woken);
    kick_cpus_of(env);
  } else if (envs[env].state == EnvState::Running && envs[env].last_cpu != this_cpu().number) {
    apic_send(envs[env].last_cpu, kVectorReschedule);
  }
}

void env_memory_written(u16 env) {
  if (envs[env].state != EnvState::Sleeping || !word_changed(env)) return;
  wake(env, BeginReason::Woken);
  kick_cpus_of(env);
}

void env_stopped(u16 env) {
  Context& context = contexts[env];
  for (u16 other = 0; other < kMaxEnvs; other++) {
    if (envs[other].state == EnvState::Calling && envs[other].calling == env) {
      end_call(other, Status::Gone);
      kick_cpus_of(other);
    }
    if (contexts[other].call.caller == env) contexts[other].call.caller = kNoEnv;
  }
  context.call.caller = kNoEnv;
  kernel::console_finish(env);
  if (this_cpu().current == env) {
    leave(EnvState::Dead);
  } else {
    kick_cpus_of(env);
  }
  if (env == 0) kernel::panic("the root environment ended; reason", static_cast<u64>(envs[0].end_reason));
}

void end_current(EndReason reason, u64 code) {
  const u16 env = this_cpu().current;
  core::env_end(env, reason, code);
  env_stopped(env);
}

}  // namespace arch
