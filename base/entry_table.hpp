// SPDX-License-Identifier: MIT
// From a program's entry table to the configuration of the environment that runs it: what every
// loader does, the kernel's for root and root's for the others.
#pragma once
#include "abi/env.hpp"

namespace base {

constexpr void set_entries(abi::EnvConfig& config, const abi::EntryTable& entries) {
  config.entry_begin = entries.begin;
  config.entry_end = entries.end;
  config.entry_fault = entries.fault;
  config.entry_second = entries.second;
  config.entry_call = entries.call;
  config.call_stack = entries.call_stack;
  config.entry_notice = entries.notice;
}

}  // namespace base
