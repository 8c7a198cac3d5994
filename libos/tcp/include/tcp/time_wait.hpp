// SPDX-License-Identifier: MIT
// TimeWait: connections that are over on both sides, kept small while late segments of theirs may be
// about (RFC 9293, 3.6.1). They end in the order in which they began to wait; when there are too many
// the oldest makes room.
#pragma once
#include <span>

#include "tcp/flow.hpp"

namespace tcp {

struct Waiting {
  Flow flow;
  u64 until;
  u64 challenged_at;
  u32 next;       // the peer's next sequence number: RCV.NXT
  u32 ours;       // our next one: SND.NXT
  u32 ts_recent;  // RFC 7323; with `timestamps`
  u32 ts_offset;  // ours
  u16 window;
  bool timestamps;
  u32 newer, older;    // by age: index + 1
  u32 next_in_bucket;  // index + 1; also the free list
};

class TimeWait {
 public:
  // Both are zero; as many buckets as the caller likes, at least one.
  void start(std::span<Waiting> records, std::span<u32> buckets, const Key& key);
  Waiting* find(u64 now, const Flow& flow);
  // A record for `flow`, all else zero but `until`.
  Waiting& add(u64 now, const Flow& flow, u64 until);
  void remove(Waiting& record);
  // Begins to wait again (RFC 9293, 3.10.7.4, eighth).
  void renew(Waiting& record, u64 until);
  // Takes out those whose time is over.
  void expire(u64 now);
  u32 count() const { return count_; }

 private:
  u32& bucket(const Flow& flow);
  u32 number(const Waiting& w) const { return static_cast<u32>(&w - records_.data()) + 1; }
  Waiting& at(u32 n) { return records_[n - 1]; }
  void link_newest(Waiting& record);
  void unlink(Waiting& record);

  std::span<Waiting> records_;
  std::span<u32> buckets_;
  TableKey key_ = {};
  u32 oldest_ = 0, newest_ = 0, free_ = 0, fresh_ = 0;
  u32 count_ = 0;
};

}  // namespace tcp
