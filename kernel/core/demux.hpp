// SPDX-License-Identifier: MIT
// Who gets a packet. The bindings of a card are grouped by the shape of their filters' chains; a group
// runs its shapes once and looks up what they collected, so that a packet costs as much as there are
// different shapes, however many bindings there are.
#pragma once
#include "kernel/core/filter.hpp"

namespace core {

// A binding that is complete enters its group, or leaves it.
void demux_insert(u32 binding);
void demux_remove(u32 binding);
// First of all; the tables are all zero.
void demux_boot();

// The binding of this card that comes first in the order of priority and age among those whose whole
// chain accepts the packet; kNone if there is none. Counts at its filter.
u32 demux_first(u16 device, const u8* packet, u32 length);

// All of them, one a call, group by group. No binding may come or go meanwhile.
struct DemuxWalk {
  u32 group;      // shape whose members are looked at, kNone at the end
  u32 candidate;  // member of the bucket that comes next, kNone: go to the next group
  ChainKeys found;
};
void demux_start(DemuxWalk& walk, u16 device, const u8* packet, u32 length);
// kNone when there are no more. The same packet as for demux_start. Counts at the binding's filter.
u32 demux_next(DemuxWalk& walk, const u8* packet, u32 length);

}  // namespace core
