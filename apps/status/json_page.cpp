// SPDX-License-Identifier: MIT
#include "apps/status/json.hpp"
#include "apps/status/pages.hpp"
#include "apps/status/words.hpp"
#include "ledger/filter_program.hpp"

namespace status {

namespace {

class Page {
 public:
  Page(base::Text& text, const Ledger& ledger, const Snapshot& s) : json_(text), ledger_(ledger), s_(s) {}

  void write() {
    json_.open('{');
    json_.key("uptime_seconds").decimal(core::now() / core::kMillisecond);
    json_.key("unix_seconds").number(core::unix_time());
    json_.key("consistent").boolean(s_.consistent);
    machine();
    list(
        "environments", kMaxEnvs, [&](u32 i) { return env_exists(s_.envs[i]); },
        [&](u32 i) { environment(i); });
    list(
        "cpus", s_.header.cpu_count, [](u32) { return true; }, [&](u32 i) { cpu(i); });
    list(
        "devices", kMaxDevices, [&](u32 i) { return s_.devices[i].type != DeviceType::None; },
        [&](u32 i) { device(i); });
    list(
        "queues", kMaxQueues, [&](u32 i) { return s_.queues[i].owner < kMaxEnvs; }, [&](u32 i) { queue(i); });
    list(
        "bindings", kMaxBindings, [&](u32 i) { return ledger_.binding(i).owner < kMaxEnvs; },
        [&](u32 i) { binding(i); });
    list(
        "filters", kMaxFilters, [&](u32 i) { return ledger_.filter(i).references != 0; },
        [&](u32 i) { filter(i); });
    json_.close('}');
  }

 private:
  template <class There, class Write>
  void list(const char* name, u32 count, There there, Write write_one) {
    json_.key(name).open('[');
    for (u32 i = 0; i < count; i++)
      if (there(i)) write_one(i);
    json_.close(']');
  }

  // The environment's name, null for none.
  void owner(u32 env) {
    if (env < kMaxEnvs) {
      json_.string(s_.envs[env].name, sizeof s_.envs[env].name);
    } else {
      json_.null();
    }
  }

  void machine() {
    json_.key("machine").open('{');
    json_.key("cpus").number(s_.header.cpu_count);
    json_.key("tsc_hz").number(core::start_info->tsc_hz);
    json_.key("page_bytes").number(kPageSize);
    json_.key("frames_total").number(s_.header.frames_total);
    json_.key("frames_free").number(s_.header.frames_free);
    json_.key("archive_bytes").number(s_.header.archive_bytes);
    json_.close('}');
  }

  void environment(u32 i) {
    const EnvEntry& env = s_.envs[i];
    json_.open('{');
    json_.key("number").number(i);
    json_.key("name").string(env.name, sizeof env.name);
    json_.key("state").string(state_word(env.state));
    json_.key("frames").number(frames_owned(env));
    json_.key("frame_quota").number(frame_quota(env));
    quotas(env);
    demand(env);
    json_.key("cpu_seconds").decimal(milliseconds(env.run_cycles));
    json_.key("system_calls").number(env.syscalls);
    json_.key("faults").number(env.faults);
    json_.key("preemptions").number(env.preemptions);
    json_.key("overruns").number(env.overruns);
    json_.key("slices").open('[');
    for (u32 c = 0; c < s_.header.cpu_count; c++) json_.number(slices_of(s_.cpus[c], i));
    json_.close(']');
    capabilities(i);
    json_.close('}');
  }

  void quotas(const EnvEntry& env) {
    json_.key("quotas").open('{');
    for (u32 r = 0; r < kResources; r++) {
      json_.key(resource_word(static_cast<Resource>(r))).open('{').key("used").number(env.used[r]);
      json_.key("quota").number(env.quota[r]).close('}');
    }
    json_.close('}');
  }

  // What it is to give back, null for nothing.
  void demand(const EnvEntry& env) {
    json_.key("demand");
    if (env.demand_amount == 0) {
      json_.null();
      return;
    }
    const auto resource = static_cast<Resource>(env.demand_resource);
    json_.open('{').key("resource").string(resource_word(resource)).key("amount").number(env.demand_amount);
    json_.key("keep").number(env.demand_keep);
    json_.key("seconds_left").decimal(milliseconds_left(env)).close('}');
  }

  // What the environment may use beside its frames: extents and packets.
  void capabilities(u32 env) {
    json_.key("extents").open('[');
    for (u32 slot = 0; slot < kCapsPerEnv; slot++) {
      const CapEntry cap = ledger_.cap(env, slot);
      if (cap.type != CapType::Extent) continue;
      json_.open('{').key("device").number(cap.object).key("first").number(cap.start);
      json_.key("blocks").number(cap.count).key("writable").boolean((cap.rights & kWrite) != 0).close('}');
    }
    json_.close(']');
    packets("receive", env, CapType::Receive);
    packets("send", env, CapType::Send);
  }

  void packets(const char* name, u32 env, CapType type) {
    json_.key(name).open('[');
    for (u32 slot = 0; slot < kCapsPerEnv; slot++) {
      const CapEntry cap = ledger_.cap(env, slot);
      if (cap.type == type) json_.number(cap.object);  // number of a filter
    }
    json_.close(']');
  }

  void cpu(u32 i) {
    const CpuEntry& cpu = s_.cpus[i];
    json_.open('{').key("number").number(i);
    json_.key("running");
    owner(cpu.current);
    json_.key("idle_seconds").decimal(milliseconds(cpu.idle_cycles));
    json_.key("switches").number(cpu.switches);
    json_.key("interrupts").number(cpu.interrupts);
    json_.key("slices").open('[');
    for (const u16 env : cpu.slices) {
      if (env < kMaxEnvs) {
        json_.number(env);
      } else {
        json_.null();
      }
    }
    json_.close(']').close('}');
  }

  void device(u32 i) {
    const DeviceEntry& device = s_.devices[i];
    json_.open('{').key("number").number(i).key("type").string(device_word(device.type));
    json_.key("operations").number(device.operations).key("errors").number(device.errors);
    if (device.type == DeviceType::VirtioNet) {
      char buffer[18];
      base::Text mac(buffer, sizeof buffer);
      for (u32 b = 0; b < sizeof device.mac; b++) (b == 0 ? mac : mac.put(':')).hex(device.mac[b], 2);
      json_.key("mac").string(buffer, static_cast<u32>(mac.size()));
    } else {
      json_.key("blocks").number(device.blocks).key("block_bytes").number(device.block_size);
      json_.key("most_queues").number(device.max_queues);
    }
    json_.close('}');
  }

  void queue(u32 i) {
    const QueueEntry& queue = s_.queues[i];
    json_.open('{').key("number").number(i).key("owner");
    owner(queue.owner);
    json_.key("device").number(queue.device).key("in_flight").number(queue.in_flight);
    json_.key("submitted").number(queue.submitted).key("completed").number(queue.completed);
    json_.key("blocks_read").number(queue.blocks_read).key("blocks_written").number(queue.blocks_written);
    json_.close('}');
  }

  void binding(u32 i) {
    const BindingEntry binding = ledger_.binding(i);
    json_.open('{').key("number").number(i).key("owner");
    owner(binding.owner);
    json_.key("filter").number(binding.filter).key("priority").number(binding.priority);
    json_.key("delivered").number(binding.delivered).key("dropped").number(binding.dropped);
    json_.key("sent").number(binding.sent).key("frames").number(binding.frame_count).close('}');
  }

  void filter(u32 i) {
    const FilterEntry filter = ledger_.filter(i);
    json_.open('{').key("number").number(i).key("device").number(filter.device).key("parent");
    if (filter.parent == kNoFilter) {
      json_.null();
    } else {
      json_.number(filter.parent);
    }
    json_.key("depth").number(filter.depth).key("shape").number(filter.shape);
    json_.key("accepted").number(filter.accepted).key("rejected").number(filter.rejected);
    json_.key("program").open('[');  // as `tcpdump -ddd` prints it
    const ShapeEntry shape = ledger_.shape(filter.shape);
    for (u32 n = 0; n < shape.length && n < kMaxFilterInsns; n++) {
      const BpfInsn insn = ledger::filter_instruction(filter, shape, n);
      json_.open('[').number(insn.code).number(insn.jt).number(insn.jf).number(insn.k).close(']');
    }
    json_.close(']').close('}');
  }

  Json json_;
  const Ledger& ledger_;
  const Snapshot& s_;
};

}  // namespace

void write_json(base::Text& text, const Ledger& ledger, const Snapshot& snapshot) {
  Page(text, ledger, snapshot).write();
  text.put('\n');
}

}  // namespace status
