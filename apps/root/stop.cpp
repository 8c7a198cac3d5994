// SPDX-License-Identifier: MIT
#include "apps/root/stop.hpp"

#include "core/console.hpp"
#include "core/resources.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace root {

namespace {

namespace sys = abi::sys;

constinit core::Window window{kNone, 0, 0};
constinit volatile core::StopNotice* notice = nullptr;
constinit u64 deadline = 0;  // 0: nobody has pressed the button

Status make_notice() {
  const vm::DmaRegion page = TRY(vm::allocate_dma(1));
  const u32 slot = TRY(core::slots().take());
  TRY_STATUS(sys::frame_share(slot, page.frame(0), 1, kRead | kGrant).status);
  window = {slot, page.frame(0), 1};
  notice = reinterpret_cast<volatile core::StopNotice*>(page.bytes);
  return Status::Ok;
}

bool is_waited_for(const Child& child) {
  return child.alive() && child.started() && child.info().stop.slot != kNone;
}

// The longest time that one of them has is that of all.
void tell(std::span<const Child> children, u64 now) {
  u64 seconds = 0;
  for (const Child& child : children)
    if (is_waited_for(child) && child.plan().stop_within > seconds) seconds = child.plan().stop_within;
  deadline = now + seconds * core::kSecond;
  if (seconds == 0) return;
  notice->deadline = deadline;
  for (const Child& child : children)
    if (is_waited_for(child))
      (void)sys::notify(child.slot());  // one that has just ended needs to hear nothing
  core::Line().text().put("the power button: ").dec(seconds).put(" s to end in good order");
}

}  // namespace

void open_stop_notice() {
  const Status made = make_notice();
  if (made != Status::Ok) core::Line().text().put("nobody can be told to stop: ").put(status_name(made));
}

const core::Window& stop_window() { return window; }

bool should_stop(std::span<const Child> children, u64 now) {
  if (deadline == 0) {
    if (sys::machine_button(kRootMachine).value == 0) return false;
    tell(children, now);
  }
  if (now >= deadline) return true;
  for (const Child& child : children)
    if (is_waited_for(child)) return false;
  return true;
}

}  // namespace root
