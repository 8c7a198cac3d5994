// SPDX-License-Identifier: MIT
#include "bench_targets.hpp"

namespace exo {

namespace {

constexpr BenchTarget kTargets[] = {
    {"null", "a system call that does nothing", 0, ""},
    {"switch-there-and-back", "directed yield to an environment, and its yield back", 0, ""},
    {"call-bare", "call and reply, the callee two instructions long", 0, ""},
    {"call", "call and reply, a library OS at both ends", 400, ""},
    {"fault-map-return", "page fault to the own handler, one page mapped, back", 500, ""},
    {"map-page-of-64", "mapping, per page of a batch of 64", 60, ""},
    {"map-clear-page-of-64", "unmapping, per page of a batch of 64", 0, ""},
    {"map-flush", "until no CPU can use what was unmapped", 0, ""},
    {"frame-alloc", "allocate a frame, zeroed", 0, ""},
    {"frame-alloc-of-64", "the same, per frame of a batch of 64", 0, ""},
    {"frame-free", "free a frame", 0, ""},
    {"frame-free-of-64", "the same, per frame of a batch of 64", 0, ""},
    {"derive", "derive a capability", 0, ""},
    {"derive-drop", "drop one", 0, ""},
    {"derive-revoke-one", "revoke one child that nothing stands on", 0, ""},
    {"revoke-frames-64", "revocation, per frame of 64 that are mapped", 0, ""},
    {"revoke-frames-4096", "per frame of 4,096; linear: as much as of 512", 1.2, "revoke-frames-512"},
    {"revoke-frames-", "per frame of as many", 0, ""},
    {"disk-submit", "hand one command to the disk", 150, ""},
    {"disk-submit-of-16", "per command of a batch of 16", 150, ""},
    {"send-packet", "send a packet", 0, ""},
    {"send-packet-of-16", "per packet of a batch of 16", 0, ""},
    {"receive-packet", "receive a packet: interrupt, filter, copy; in bursts of 64", 0, ""},
    {"filter-packet-1000", "the same with 1,000 filters, for the last of them", 2, "filter-packet-1"},
    {"filter-packet-", "the same with as many filters, for the last of them", 0, ""},
    {"filter-16-shapes-", "the same, the filters being of 16 shapes in turn", 0, ""},
};

}  // namespace

std::span<const BenchTarget> bench_targets() { return kTargets; }

}  // namespace exo
