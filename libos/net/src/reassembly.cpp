// SPDX-License-Identifier: MIT
#include "net/reassembly.hpp"

#include "base/memory.hpp"

namespace net {

Reassembly::Packet& Reassembly::find(u64 now, const Fragment& f) {
  Packet* room = &packets_[0];
  for (Packet& p : packets_) {
    if (p.used && p.source == f.source && p.destination == f.destination && p.id == f.id &&
        p.protocol == f.protocol)
      return p;
    if (room->used && (!p.used || p.until < room->until)) room = &p;
  }
  room->source = f.source;
  room->destination = f.destination;
  room->id = f.id;
  room->protocol = f.protocol;
  room->used = true;
  room->length = room->ranges = 0;
  room->until = now + kReassemblyTime;
  return *room;
}

// Ranges are sorted and joined where they touch.
Reassembly::Entered Reassembly::enter(Packet& p, Range r) {
  u32 at = 0;
  for (; at < p.ranges && p.range[at].begin < r.end; at++) {
    if (p.range[at].end <= r.begin) continue;
    const bool inside = p.range[at].begin <= r.begin && r.end <= p.range[at].end;
    return inside ? Entered::Again : Entered::Wrong;
  }
  const bool joins_left = at > 0 && p.range[at - 1].end == r.begin;
  const bool joins_right = at < p.ranges && p.range[at].begin == r.end;
  if (joins_left && joins_right) {
    p.range[at - 1].end = p.range[at].end;
    for (u32 i = at; i + 1 < p.ranges; i++) p.range[i] = p.range[i + 1];
    p.ranges--;
  } else if (joins_left) {
    p.range[at - 1].end = r.end;
  } else if (joins_right) {
    p.range[at].begin = r.begin;
  } else {
    if (p.ranges == kRanges) return Entered::Wrong;
    for (u32 i = p.ranges++; i > at; i--) p.range[i] = p.range[i - 1];
    p.range[at] = r;
  }
  return Entered::Yes;
}

std::optional<std::span<const u8>> Reassembly::add(u64 now, const Fragment& f) {
  expire(now);
  const u64 end = u64{f.offset} + f.data.size();
  if (f.data.empty() || end > kMaxDatagram || (f.more && f.data.size() % 8 != 0)) return {};
  Packet& p = find(now, f);
  const Entered entered = enter(p, {f.offset, static_cast<u32>(end)});
  const bool wrong_end = p.length != 0 && (f.more ? end > p.length : end != p.length);
  if (!f.more && p.length == 0) p.length = static_cast<u32>(end);
  const bool beyond = p.length != 0 && p.ranges > 0 && p.range[p.ranges - 1].end > p.length;
  if (entered == Entered::Wrong || wrong_end || beyond) {
    p.used = false;
    return {};
  }
  if (entered == Entered::Yes) memcpy(p.data + f.offset, f.data.data(), f.data.size());
  if (p.length == 0 || p.range[0].begin != 0 || p.range[0].end != p.length) return {};
  p.used = false;
  return std::span<const u8>(p.data, p.length);
}

void Reassembly::expire(u64 now) {
  for (Packet& p : packets_)
    if (p.used && p.until <= now) p.used = false;
}

u64 Reassembly::next_deadline() const {
  u64 next = kForever;
  for (const Packet& p : packets_)
    if (p.used && p.until < next) next = p.until;
  return next;
}

u32 Reassembly::waiting() const {
  u32 count = 0;
  for (const Packet& p : packets_) count += p.used ? 1 : 0;
  return count;
}

}  // namespace net
