// SPDX-License-Identifier: MIT
#include "apps/status/pages.hpp"
#include "apps/status/words.hpp"

namespace status {

namespace {

constexpr char kTop[] =
    "<!doctype html><html lang=en><head><meta charset=utf-8><meta http-equiv=refresh content=2>"
    "<meta name=viewport content=\"width=device-width\"><title>Exo: who owns what</title><style>"
    ":root{color-scheme:light dark;--line:#8884;--soft:#8882}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid var(--line);"
    "text-align:right;font-variant-numeric:tabular-nums}th{font-weight:600}"
    "td:first-child,th:first-child,.t{text-align:left}"
    ".bar{background:var(--soft);border-radius:3px;height:.6rem;min-width:6rem}"
    ".bar i{display:block;height:100%;border-radius:3px}"
    ".v{display:grid;grid-template-columns:repeat(64,1fr);gap:1px;margin:.2rem 0 .8rem}"
    ".v i{height:1.4rem;border-radius:2px;background:var(--soft)}"
    ".m{display:flex;height:1.6rem;border-radius:3px;overflow:hidden;background:var(--soft)}"
    ".m i{border-right:1px solid var(--line)}"
    ".d{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.5rem;vertical-align:-"
    "1px}"
    "small{opacity:.7}a{color:inherit}</style></head><body>";

class Page {
 public:
  Page(base::Text& text, const Ledger& ledger, const Snapshot& s) : text_(text), ledger_(ledger), s_(s) {}

  void write() {
    text_.put(kTop).put("<h1>Who owns what</h1><p>");
    text_.dec(s_.header.cpu_count).put(" CPUs, ").dec(s_.header.frames_total / 256).put(" MiB of memory, ");
    text_.dec(s_.header.frames_free / 256).put(" MiB free, up ").dec(core::now() / core::kSecond).put(" s. ");
    text_.put(
        "<small>Read from the kernel's own tables, without a system call. "
        "<a href=/status.json>As JSON</a></small></p>");
    memory();
    environments();
    slices();
    disks();
    network();
    text_.put("</body></html>\n");
  }

 private:
  void name(u32 env) {
    if (env >= kMaxEnvs) {
      text_.put("&ndash;");
      return;
    }
    const EnvEntry& entry = s_.envs[env];
    for (u32 i = 0; i < sizeof entry.name && entry.name[i] != 0; i++) escape(entry.name[i]);
  }
  void escape(char c) {
    switch (c) {
      case '<':
        text_.put("&lt;");
        break;
      case '>':
        text_.put("&gt;");
        break;
      case '&':
        text_.put("&amp;");
        break;
      case '"':
        text_.put("&quot;");
        break;
      default:
        text_.put(c >= ' ' && c <= '~' ? c : '?');
    }
  }
  // Colours far apart: the golden angle.
  void colour(u32 env) { text_.put("background:hsl(").dec(env * 137 % 360).put(" 60% 55%)"); }
  void dot(u32 env) {
    text_.put("<i class=d style=\"");
    colour(env);
    text_.put("\"></i>");
  }
  void cell(u64 value) { text_.put("<td>").dec(value); }
  void bar(u64 part, u64 whole, u32 env) {
    text_.put("<td><div class=bar><i style=\"width:").dec(whole == 0 ? 0 : part * 100 / whole).put("%;");
    colour(env);
    text_.put("\"></i></div>");
  }

  // Frames by owner, all of the machine's in one line; what is left is free.
  void memory() {
    text_.put("<h2>Memory</h2><div class=m>");
    for (u32 i = 0; i < kMaxEnvs; i++) {
      const EnvEntry& env = s_.envs[i];
      if (!env_exists(env) || frames_owned(env) == 0 || s_.header.frames_total == 0) continue;
      const u64 tenths = frames_owned(env) * 1000ul / s_.header.frames_total;
      text_.put("<i style=\"width:").dec(tenths / 10).put('.').dec(tenths % 10).put("%;");
      colour(i);
      text_.put("\" title=\"");
      name(i);
      text_.put(": ").dec(frames_owned(env)).put(" frames\"></i>");
    }
    text_.put("</div>");
  }

  // What the kernel was told to get back from it, and how long it has for that.
  void demand(const EnvEntry& env) {
    text_.put("<td>");
    if (env.demand_amount == 0) return;
    const u64 left = milliseconds_left(env);
    text_.dec(env.demand_amount).put(' ').put(resource_word(static_cast<Resource>(env.demand_resource)));
    text_.put(" in ").dec(left / 1000).put('.').dec(left % 1000 / 100).put(" s");
  }

  void environments() {
    text_.put(
        "<h2>Environments</h2><table><tr><th>Name<th class=t>State<th>Frames<th>of quota<th>"
        "<th>Wired<th>Asked back<th>CPU time<th>System calls<th>Faults<th>Preempted<th>Overran</tr>");
    for (u32 i = 0; i < kMaxEnvs; i++) {
      const EnvEntry& env = s_.envs[i];
      if (!env_exists(env)) continue;
      text_.put("<tr><td>");
      dot(i);
      name(i);
      text_.put("<td class=t>").put(state_word(env.state));
      cell(frames_owned(env));
      cell(frame_quota(env));
      bar(frames_owned(env), frame_quota(env), i);
      cell(quota_of(env, Resource::Wired));
      demand(env);
      const u64 time = milliseconds(env.run_cycles);
      text_.put("<td>").dec(time / 1000).put('.').dec(time % 1000, 3, '0').put(" s");
      cell(env.syscalls);
      cell(env.faults);
      cell(env.preemptions);
      cell(env.overruns);
      text_.put("</tr>");
    }
    text_.put("</table>");
  }

  void slices() {
    text_.put("<h2>Time slices</h2>");
    for (u32 c = 0; c < s_.header.cpu_count; c++) {
      const CpuEntry& cpu = s_.cpus[c];
      text_.put("<p>CPU ").dec(c).put(" <small>runs ");
      name(cpu.current);
      text_.put(", idle ").dec(milliseconds(cpu.idle_cycles) / 1000).put(" s, ").dec(cpu.switches);
      text_.put(" switches, ").dec(cpu.interrupts).put(" interrupts</small></p><div class=v>");
      for (const u16 env : cpu.slices) {
        text_.put("<i");
        if (env < kMaxEnvs) {
          text_.put(" style=\"");
          colour(env);
          text_.put("\" title=\"");
          name(env);
          text_.put('"');
        }
        text_.put("></i>");
      }
      text_.put("</div>");
    }
  }

  void disks() {
    text_.put("<h2>Disk</h2><table><tr><th>Owner<th>Device<th>First block<th>Blocks<th class=t>Access</tr>");
    for (u32 env = 0; env < kMaxEnvs; env++) {
      if (!env_exists(s_.envs[env])) continue;
      for (u32 slot = 0; slot < kCapsPerEnv; slot++) {
        const CapEntry cap = ledger_.cap(env, slot);
        if (cap.type != CapType::Extent) continue;
        text_.put("<tr><td>");
        dot(env);
        name(env);
        cell(cap.object);
        cell(cap.start);
        cell(cap.count);
        text_.put("<td class=t>").put((cap.rights & kWrite) != 0 ? "read, write" : "read").put("</tr>");
      }
    }
    text_.put(
        "</table><table><tr><th>Queue of<th>Submitted<th>Completed<th>In flight<th>Blocks read<th>"
        "Blocks written</tr>");
    for (const QueueEntry& queue : s_.queues) {
      if (queue.owner >= kMaxEnvs) continue;
      text_.put("<tr><td>");
      dot(queue.owner);
      name(queue.owner);
      cell(queue.submitted);
      cell(queue.completed);
      cell(queue.in_flight);
      cell(queue.blocks_read);
      cell(queue.blocks_written);
      text_.put("</tr>");
    }
    text_.put("</table>");
  }

  void network() {
    text_.put(
        "<h2>Network</h2><table><tr><th>Owner<th>Filter<th>Accepted<th>Delivered<th>Dropped<th>Sent</tr>");
    for (u32 i = 0; i < kMaxBindings; i++) {
      const BindingEntry binding = ledger_.binding(i);
      if (binding.owner >= kMaxEnvs || binding.filter >= kMaxFilters) continue;
      text_.put("<tr><td>");
      dot(binding.owner);
      name(binding.owner);
      cell(binding.filter);
      cell(ledger_.filter(binding.filter).accepted);
      cell(binding.delivered);
      cell(binding.dropped);
      cell(binding.sent);
      text_.put("</tr>");
    }
    text_.put("</table>");
  }

  base::Text& text_;
  const Ledger& ledger_;
  const Snapshot& s_;
};

}  // namespace

void write_html(base::Text& text, const Ledger& ledger, const Snapshot& snapshot) {
  Page(text, ledger, snapshot).write();
}

}  // namespace status
