// SPDX-License-Identifier: MIT
// web: an HTTP library OS. Its own network stack, its own files out of its own part of the disk.
#include "apps/common/server.hpp"
#include "apps/web/site.hpp"

namespace {

using namespace abi;

constexpr u32 kConnections = 256;
constexpr u32 kRingFrames = 256;  // 512 packets: a burst of a connection each
// Frames that the connections, rings and page tables take beside the cache.
constexpr u32 kOtherFrames = 256 + kRingFrames + kConnections * sizeof(http::Session) / kPageSize;

constinit web::DiskSite site{};
constinit apps::WebServer<kConnections> server{};

}  // namespace

void app_main(const core::StartInfo& start) {
  if (!core::start_clock()) core::panic("a server needs the time: give it the capability `time`");
  core::Status status = vm::start();
  if (status != core::Status::Ok) core::panic("no address space of its own", status);
  if (start.extent.slot == kNone) core::panic("nothing to serve: no extent of a disk");
  if (start.network.receive == kNone) core::panic("nobody to serve: no network");
  const u32 budget = start.frames_left > kOtherFrames ? start.frames_left - kOtherFrames : 0;
  status = site.start(start.extent, budget);
  if (status != core::Status::Ok) core::panic("no site to serve", status);
  server.start(start.network, http::site_of(site), kRingFrames);
  server.run([](u64) { return site.poll(); });
}
