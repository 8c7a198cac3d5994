// SPDX-License-Identifier: MIT
#include "core/start.hpp"

namespace core {

constinit const StartInfo* start_info = nullptr;

}  // namespace core
