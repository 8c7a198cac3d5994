// SPDX-License-Identifier: MIT
#include "tcp/time_wait.hpp"

namespace tcp {

void TimeWait::start(std::span<Waiting> records, std::span<u32> buckets, const Key& key) {
  records_ = records;
  buckets_ = buckets;
  key_ = table_key(key);
  oldest_ = newest_ = free_ = fresh_ = count_ = 0;
}

u32& TimeWait::bucket(const Flow& flow) { return buckets_[quick_hash_of(key_, flow) % buckets_.size()]; }

Waiting* TimeWait::find(u64 now, const Flow& flow) {
  if (count_ == 0) return nullptr;
  expire(now);
  for (u32 n = bucket(flow); n != 0; n = at(n).next_in_bucket)
    if (at(n).flow == flow) return &at(n);
  return nullptr;
}

void TimeWait::link_newest(Waiting& record) {
  record.newer = 0;
  record.older = newest_;
  if (newest_ != 0) at(newest_).newer = number(record);
  newest_ = number(record);
  if (oldest_ == 0) oldest_ = newest_;
}

void TimeWait::unlink(Waiting& record) {
  (record.newer != 0 ? at(record.newer).older : newest_) = record.older;
  (record.older != 0 ? at(record.older).newer : oldest_) = record.newer;
}

Waiting& TimeWait::add(u64 now, const Flow& flow, u64 until) {
  expire(now);
  if (count_ == records_.size()) remove(at(oldest_));
  u32 n = free_;
  if (n != 0) {
    free_ = at(n).next_in_bucket;
  } else {
    n = ++fresh_;
  }
  Waiting& record = at(n);
  record = {};
  record.flow = flow;
  record.until = until;
  u32& head = bucket(flow);
  record.next_in_bucket = head;
  head = n;
  link_newest(record);
  count_++;
  return record;
}

void TimeWait::remove(Waiting& record) {
  u32* link = &bucket(record.flow);
  while (*link != number(record)) link = &at(*link).next_in_bucket;
  *link = record.next_in_bucket;
  unlink(record);
  record.next_in_bucket = free_;
  free_ = number(record);
  count_--;
}

void TimeWait::renew(Waiting& record, u64 until) {
  unlink(record);
  record.until = until;
  link_newest(record);
}

void TimeWait::expire(u64 now) {
  while (oldest_ != 0 && at(oldest_).until <= now) remove(at(oldest_));
}

}  // namespace tcp
