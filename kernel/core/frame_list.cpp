// SPDX-License-Identifier: MIT
#include "kernel/core/frame_list.hpp"

#include "kernel/core/reclaim.hpp"

namespace core {

static void append(u32& head, u32& tail, u32 frame) {
  frames[frame].next = kNone;
  frames[frame].prev = tail;
  if (tail == kNone) {
    head = frame;
  } else {
    frames[tail].next = frame;
  }
  tail = frame;
}

static void push(u32& head, u32& tail, u32 frame) {
  frames[frame].next = head;
  frames[frame].prev = kNone;
  if (head == kNone) {
    tail = frame;
  } else {
    frames[head].prev = frame;
  }
  head = frame;
}

static void remove(u32& head, u32& tail, u32 frame) {
  FrameEntry& f = frames[frame];
  if (f.prev == kNone) {
    head = f.next;
  } else {
    frames[f.prev].next = f.next;
  }
  if (f.next == kNone) {
    tail = f.prev;
  } else {
    frames[f.next].prev = f.prev;
  }
  f.next = kNone;
  f.prev = kNone;
}

void free_list_append(u32 frame) { append(frame_lists.free_head, frame_lists.free_tail, frame); }
void free_list_push(u32 frame) { push(frame_lists.free_head, frame_lists.free_tail, frame); }
void free_list_remove(u32 frame) { remove(frame_lists.free_head, frame_lists.free_tail, frame); }
void quarantine_append(u32 frame) { append(frame_lists.quarantine_head, frame_lists.quarantine_tail, frame); }
void quarantine_remove(u32 frame) { remove(frame_lists.quarantine_head, frame_lists.quarantine_tail, frame); }

void owned_append(u16 env, u32 frame) {
  append(env_private[env].first_frame, env_private[env].last_frame, frame);
}

void owned_push(u16 env, u32 frame) {
  push(env_private[env].first_frame, env_private[env].last_frame, frame);
}

void owned_remove(u16 env, u32 frame) {
  EnvPrivate& p = env_private[env];
  if (p.sweep == frame) p.sweep = frames[frame].next;
  if (p.reap == frame) p.reap = frames[frame].next;
  reclaim_forget(env, frame);
  remove(p.first_frame, p.last_frame, frame);
}

}  // namespace core
