// SPDX-License-Identifier: MIT
#include "apps/root/report.hpp"

#include "apps/common/text.hpp"
#include "core/console.hpp"

namespace root {

using apps::put_address;

void report_machine(const Machine& machine) {
  core::Line line;
  const manifest::Header& header = machine.manifest().header();
  line.text().put("image ").put(header.name).put(": ").dec(header.env_count - 1).put(" environments, ");
  line.text().dec(machine.ledger().cpu_count).put(" CPUs, ");
  line.text().dec(machine.ledger().frames_total * kPageSize >> 20).put(" MiB");
  line.text().put(machine.disk() == nullptr ? ", no disk" : ", a disk");
  line.text().put(machine.card() == nullptr ? ", no network card" : ", a network card");
}

void report_start(const Child& child, const SliceShare& share, u32 cpu_count) {
  const core::StartInfo& info = child.info();
  core::Line line;
  base::Text& text = line.text();
  text.put(child.plan().name).put(": ").dec(child.plan().frames).put(" frames, slices");
  for (u32 cpu = 0; cpu < cpu_count; cpu++) text.put(cpu == 0 ? ' ' : '+').dec(share.count[cpu]);
  if (info.extent.slot != kNone) {
    text.put(", blocks ").dec(info.extent.first).put("..").dec(info.extent.first + info.extent.count - 1);
    text.put((info.extent.rights & kWrite) != 0 ? " read-write" : " read-only");
    if ((info.extent.rights & kControl) != 0) text.put(", managing them");
  }
  if (info.network.receive != kNone) {
    text.put(", ");
    if ((info.network.flags & manifest::kDhcp) != 0) {
      text.put("address by DHCP");
    } else {
      put_address(text, info.network.address).put('/').dec(info.network.prefix);
    }
    if (info.network.send == kNone) text.put(" (may only listen)");
  }
  if (info.log.slot != kNone) text.put(", a log of ").dec(info.log.count * (kPageSize >> 10)).put("K");
  if (info.log_count != 0)
    text.put(", reads ").dec(info.log_count).put(info.log_count == 1 ? " log" : " logs");
  if (info.console != kNone) text.put(", console");
  if (info.time_page.slot != kNone) text.put(", time");
  if (info.ledger.slot != kNone) text.put(", ledger");
  if (info.machine != kNone) text.put(", machine");
  if (info.create != kNone) text.put(", create");
  if (info.slices != kNone) text.put(", slices");
}

void report_end(const Child& child, const EnvEntry& entry) {
  core::Line line;
  line.text().put(child.plan().name).put(" ended: ");
  switch (entry.end_reason) {
    case EndReason::Exit:
      line.text().put("exit code ").dec(entry.exit_code);
      break;
    case EndReason::Fault:
      line.text().put("fault, vector ").dec(entry.exit_code);
      break;
    case EndReason::Overrun:
      line.text().put("overran ").dec(entry.exit_code).put(" slice ends in a row");
      break;
    case EndReason::Destroyed:
      line.text().put("destroyed");
      break;
    case EndReason::None:
      line.text().put("no reason given");
      break;
  }
}

}  // namespace root
