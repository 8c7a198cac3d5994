// SPDX-License-Identifier: MIT
// A record of Cheetah's access log as a line of the Common Log Format.
#pragma once
#include "apps/common/access_log.hpp"
#include "base/text.hpp"

namespace logger {

// `record` is another environment's word: nothing in it is believed, and what it says of a path is quoted.
void write_line(base::Text& out, const cheetah::LogRecord& record);

}  // namespace logger
