// SPDX-License-Identifier: MIT
#include <algorithm>
#include <ctime>
#include <functional>
#include <thread>

#include "address.hpp"
#include "console.hpp"
#include "error.hpp"
#include "machines.hpp"
#include "paths.hpp"
#include "power.hpp"
#include "size.hpp"
#include "verbs.hpp"

namespace exo {

namespace {

// A span of time in words: "3 minutes".
std::string span_text(std::int64_t seconds) {
  const auto words = [](std::int64_t n, const char* unit) {
    return fmt::format("{} {}{}", n, unit, n == 1 ? "" : "s");
  };
  if (seconds < 120) return words(seconds, "second");
  if (seconds < 120 * 60) return words(seconds / 60, "minute");
  if (seconds < 48 * 3600) return words(seconds / 3600, "hour");
  return words(seconds / 86400, "day");
}

std::string status_text(const Machine& machine) {
  if (machine.is_running()) return "up " + span_text(std::time(nullptr) - machine.state().started);
  const auto status = machine.exit_status();
  return status ? fmt::format("ended ({})", *status) : "gone";
}

std::string ports_text(const MachineState& state) {
  std::string text;
  for (const Forward& f : state.forwards)
    text += fmt::format("{}{}:{}->{}:{}", text.empty() ? "" : ", ", address_text(f.host_address), f.host_port,
                        f.env, f.guest_port);
  return text;
}

// The machine of that name; without one, the only one that runs, or else the only one there is.
Machine choose(const std::string& name) {
  if (!name.empty()) {
    auto found = Machine::find(name);
    if (!found) bad_input("no machine \"{}\"; see ./exo ps", name);
    return std::move(*found);
  }
  std::vector<Machine> machines = Machine::all();
  const auto running = [](const Machine& machine) { return machine.is_running(); };
  if (std::any_of(machines.begin(), machines.end(), running)) std::erase_if(machines, std::not_fn(running));
  if (machines.empty()) bad_input("no machine runs; start one with ./exo run");
  if (machines.size() > 1) bad_input("several machines run; name one: see ./exo ps");
  return std::move(machines.front());
}

bool speaks(const Machine& machine, const std::string& speaker) {
  const auto& all = machine.state().speakers;
  return speaker == "aegis" || std::any_of(all.begin(), all.end(), [&](const std::string& name) {
           return is_spoken_by(name + "|", speaker);
         });
}

// `logs WORD` alone means an environment of the only machine, if it has one of that name.
void understand_single_word(std::string& name, std::string& speaker) {
  const auto machines = Machine::all();
  const bool is_name = Machine::find(name).has_value();
  if (is_name && !(machines.size() == 1 && speaks(machines.front(), name))) return;
  speaker = std::exchange(name, "");
}

// Lets the process that waited for QEMU write its last file first, for a moment.
void await_keeper(const Machine& machine) {
  for (int i = 0; i < 100 && is_alive(machine.state().keeper); i++)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

// Gives its environments the time that they have for it.
void end_in_order(const Machine& machine) {
  const MachineState& state = machine.state();
  if (state.grace == 0 || !machine.is_running() || !press_power_button(machine.monitor())) return;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(state.grace) + kStopMargin;
  while (is_alive(state.vm) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace

int ps_verb(bool ended_too) {
  std::vector<std::vector<std::string>> rows{{"NAME", "STATUS", "CPUS", "MEMORY", "PID", "IMAGE", "PORTS"}};
  for (const Machine& machine : Machine::all()) {
    const MachineState& state = machine.state();
    if (!ended_too && !machine.is_running()) continue;
    rows.push_back({state.name, status_text(machine), std::to_string(state.cpus), size_text(state.memory),
                    std::to_string(state.vm.pid), shown(state.image), ports_text(state)});
  }
  std::vector<std::size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); i++) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); i++)
      line += fmt::format("{:<{}}", row[i], i + 1 < row.size() ? widths[i] + 2 : 0);
    print_line(line);
  }
  return kExitOk;
}

int logs_verb(std::string name, std::string speaker, bool follow) {
  if (!name.empty() && speaker.empty()) understand_single_word(name, speaker);
  const Machine machine = choose(name);
  if (!speaker.empty() && !speaks(machine, speaker))
    bad_input("\"{}\" has no environment \"{}\"; it has {}", machine.state().name, speaker,
              fmt::join(machine.state().speakers, ", "));
  ConsoleFollower console(machine.console(), speaker);
  while (follow && machine.is_running()) {
    console.print_new_lines();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (machine.is_running()) {
    console.print_new_lines();  // the last line may be half written
  } else {
    console.print_rest();
  }
  return kExitOk;
}

int stop_verb(const std::vector<std::string>& names, bool at_once) {
  std::vector<Machine> machines;
  for (const std::string& name : names) machines.push_back(choose(name));
  if (names.empty()) machines.push_back(choose(""));
  for (const Machine& machine : machines) {
    if (machine.is_running()) machine.mark_stopped();
    if (!at_once) end_in_order(machine);
    if (!end_process(machine.state().vm, std::chrono::seconds(5)))
      fail("\"{}\" (process {}) does not end; end it by hand", machine.state().name, machine.state().vm.pid);
    await_keeper(machine);
    machine.remove();
    print_line(machine.state().name);
  }
  return kExitOk;
}

}  // namespace exo
