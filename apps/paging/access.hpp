// SPDX-License-Identifier: MIT
// Reaching the paged data: copies of whole pages whose faults the pager answers, and what the kernel
// tells: how many frames are asked back.
#pragma once
#include "pager/space.hpp"

namespace paging {
using namespace abi;

enum class Access : u32 {
  Done,
  NoMemory,  // the page has no frame and none is to be had
  Lost,      // the page had a frame, and the kernel took it
};

// Who brings a page in; `context` as given.
struct Bringer {
  void* context = nullptr;
  base::Status (*bring)(void* context, u32 page) = nullptr;
  bool (*resident)(void* context, u32 page) = nullptr;
};

// Takes the fault handler for the window of pager::Space, and, if `answers`, listens to demands.
void start_access(const Bringer& bringer, bool answers);

Access read_page(u32 page, u64* to);
Access write_page(u32 page, const u64* from);

// Frames that this environment is asked to give back now.
u32 demanded();

// Whether another environment with disk blocks, root apart, is there: one that pages, too.
bool others_there();

// Frames that the kernel says it has taken so far.
u64 frames_taken();

}  // namespace paging
