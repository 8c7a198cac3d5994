// SPDX-License-Identifier: MIT
// The three kinds of lists that run through FrameEntry::next and prev: free frames, quarantined
// frames, and the frames of each environment (page tables in front). A frame is in exactly one, or
// in none while it belongs to the kernel. Every operation takes constant time.
#pragma once
#include "kernel/core/state.hpp"

namespace core {

void free_list_append(u32 frame);
void free_list_push(u32 frame);
void free_list_remove(u32 frame);
void quarantine_append(u32 frame);
void quarantine_remove(u32 frame);
void owned_append(u16 env, u32 frame);  // behind everything: data
void owned_push(u16 env, u32 frame);    // in front: page tables
void owned_remove(u16 env, u32 frame);  // moves a sweep that stands on it to the next one

}  // namespace core
