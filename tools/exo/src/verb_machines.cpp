// SPDX-License-Identifier: MIT
#include <algorithm>
#include <ctime>
#include <thread>

#include "console.hpp"
#include "error.hpp"
#include "machines.hpp"
#include "paths.hpp"
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
    text += fmt::format("{}127.0.0.1:{}->{}:{}", text.empty() ? "" : ", ", f.host_port, f.env, f.guest_port);
  return text;
}

int list(bool ended_too) {
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
  return speaker == "kernel" || std::find(all.begin(), all.end(), speaker) != all.end();
}

// `logs ENV` means the only machine's environment; `logs NAME` and `logs NAME ENV` name the machine.
int logs(const std::vector<std::string>& words, bool follow) {
  std::string name = words.size() == 2 ? words[0] : "";
  std::string speaker = words.empty() ? "" : words.back();
  if (words.size() == 1) {
    const auto named = Machine::find(words[0]);
    const auto all = Machine::all();
    const bool is_speaker =
        std::any_of(all.begin(), all.end(), [&](const Machine& m) { return speaks(m, words[0]); });
    if (named && (!is_speaker || all.size() > 1)) {
      name = words[0];
      speaker.clear();
    }
  }
  const Machine machine = choose(name);
  if (!speaker.empty() && !speaks(machine, speaker))
    bad_input("\"{}\" has no environment \"{}\"; it has {}", machine.state().name, speaker,
              fmt::join(machine.state().speakers, ", "));
  ConsoleFollower console(machine.console(), speaker);
  while (follow && machine.is_running()) {
    console.print_new_lines();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  console.print_rest();
  return kExitOk;
}

int stop(const std::vector<std::string>& names) {
  std::vector<Machine> machines;
  for (const std::string& name : names) machines.push_back(choose(name));
  if (names.empty()) machines.push_back(choose(""));
  for (const Machine& machine : machines) {
    if (machine.is_running()) machine.mark_stopped();
    if (!end_process(machine.state().vm, std::chrono::seconds(5)))
      fail("\"{}\" (process {}) does not end; end it by hand", machine.state().name, machine.state().vm.pid);
    machine.remove();
    print_line(machine.state().name);
  }
  return kExitOk;
}

}  // namespace

void add_machine_verbs(CLI::App& app, Chosen& chosen) {
  auto* ps = app.add_subcommand("ps", "List machines that run");
  const auto ended_too = std::make_shared<bool>(false);
  ps->add_flag("-a,--all", *ended_too, "those that have ended as well");
  ps->callback([=, &chosen] { chosen = [ended_too] { return list(*ended_too); }; });

  auto* logs_verb =
      app.add_subcommand("logs", "Print what a machine, or one of its environments, wrote to the console");
  const auto words = std::make_shared<std::vector<std::string>>();
  const auto follow = std::make_shared<bool>(false);
  logs_verb
      ->add_option("[NAME] [ENV]", *words,
                   "machine and environment; a single word is the environment if only one machine is there")
      ->expected(0, 2);
  logs_verb->add_flag("-f,--follow", *follow, "go on until the machine ends");
  logs_verb->callback([=, &chosen] { chosen = [=] { return logs(*words, *follow); }; });

  auto* stop_verb = app.add_subcommand("stop", "Stop a machine and forget it");
  const auto names = std::make_shared<std::vector<std::string>>();
  stop_verb->add_option("NAME", *names, "machines (default: the only one)");
  stop_verb->callback([=, &chosen] { chosen = [names] { return stop(*names); }; });
}

}  // namespace exo
