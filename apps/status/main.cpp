// SPDX-License-Identifier: MIT
// status: an HTTP library OS that shows what the kernel's ledger says: who owns which frames,
// blocks, packets and slices.
#include "apps/common/server.hpp"
#include "apps/status/site.hpp"

namespace {

constexpr abi::u32 kConnections = 64;
constexpr abi::u32 kRingFrames = 16;

constinit status::LedgerSite site{};
constinit apps::WebServer<kConnections> server{};

}  // namespace

void app_main(const core::StartInfo& start) {
  if (!core::start_clock()) core::panic("a server needs the time: give it the capability `time`");
  base::Status result = vm::start();
  if (result != base::Status::Ok) core::panic("no address space of its own", result);
  if (start.network.receive == abi::kNone) core::panic("nobody to serve: no network");
  result = site.start(start);
  if (result != base::Status::Ok) core::panic("no ledger to show: give it the capability `ledger`", result);
  server.start(start.network, http::site_of(site), kRingFrames);
  server.run([](abi::u64) { return site.poll(); });
}
