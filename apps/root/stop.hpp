// SPDX-License-Identifier: MIT
// Stopping the machine in good order: when its power button is pressed, those whom the manifest gives time
// for it are told by when they are to have ended, all at once, and the machine goes off when they have, or
// when their time is over.
#pragma once
#include <span>

#include "apps/root/child.hpp"

namespace root {

// Makes the page that they read. Without memory for it nobody is told.
void open_stop_notice();
// The capability to it, kNone as slot if there is none.
const core::Window& stop_window();

// One look; `now` in nanoseconds. True: the machine is to be switched off.
bool should_stop(std::span<const Child> children, u64 now);

}  // namespace root
