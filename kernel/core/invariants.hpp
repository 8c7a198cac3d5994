// SPDX-License-Identifier: MIT
// Counts everything again from scratch and compares: what must always hold between two operations
// of the core. For tests and fuzzers; takes time in proportion to all of memory.
#pragma once
#include "kernel/core/state.hpp"

namespace core {

// nullptr, or what does not hold (a constant text). `other_pins`: pins that somebody outside the core
// holds (packets in a card). Changes counters while it runs and puts them back, so nobody else may
// look at the tables meanwhile.
const char* check_invariants(u64 other_pins = 0);

// Its parts.
const char* check_frame_lists();           // lists, owners, quotas, frames_free and frames_total
const char* check_pages();                 // every entry is justified; entries of each table
const char* check_caps();                  // derivation trees, ranges, rights
const char* check_ownership();             // tables of disk blocks
const char* check_filters();               // shapes, machine code, groups and buckets
const char* check_counts(u64 other_pins);  // maps, pins, uses, references, in_flight
const char* check_quotas(
    u64 other_pins);  // EnvEntry::used of every resource, and quotas against what there is

}  // namespace core
