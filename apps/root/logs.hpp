// SPDX-License-Identifier: MIT
// Logs: rings of memory that one environment writes and others read (manifest: `log`, `logs`). The frames are
// root's, so that neither of them can take a ring from the other; both get a capability to it, no more.
#pragma once
#include "base/result.hpp"
#include "manifest/reader.hpp"

namespace root {
using namespace abi;
using base::Status;

struct LogRing {
  u32 slot = kNone;  // root's Frames capability
  u32 first = 0;
  u32 count = 0;  // frames; 0: there is none
};

// Makes the rings of all environments, zeroed. What fails is said, and those go without.
void make_logs(const manifest::Reader& manifest);
// That of environment `index` of the manifest.
const LogRing& log_ring(u32 index);

}  // namespace root
