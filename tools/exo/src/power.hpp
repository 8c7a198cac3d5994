// SPDX-License-Identifier: MIT
// The power button of a machine: QEMU presses it when it is told so over its monitor socket.
#pragma once
#include "files.hpp"

namespace exo {

// False: nobody listens there, or QEMU refuses.
bool press_power_button(const Path& monitor);

}  // namespace exo
