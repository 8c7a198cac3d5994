// SPDX-License-Identifier: MIT
#include "switches.hpp"

#include <memory>

#include "command.hpp"
#include "error.hpp"
#include "http_boot.hpp"
#include "idle_clients.hpp"
#include "ninja.hpp"

namespace exo {

namespace {

constexpr const char* kPlugin = "bench/libcount.so";
constexpr std::uint32_t kMemory = 32;  // MiB, the same for all: what has no room for files must not look slow

// Guest instructions for a request of one load.
double measure(const ServerMachine& machine, const HttpCase& what, const SwitchOptions& options) {
  double response = 0;
  const auto check = [&] {
    if (const std::string wrong = find_wrong(what.kib, response); !wrong.empty()) fail("bench: {}", wrong);
  };
  check();
  const Usage before = machine.usage();
  const WrkResult wrk = parse_wrk(
      run_or_fail(wrk_command({http_url(what.kib), what.close, what.connections, options.seconds})));
  const Usage used = machine.usage() - before;
  if (!wrk.errors.empty()) fail("bench: {}: {}", case_name(what), wrk.errors);
  check();
  return (used.user + used.kernel) / requests_worth(what, wrk, response);
}

SwitchRow run_case(const SwitchCase& what, const SwitchOptions& options) {
  ExoServer server{"bench-switch", what.program, what.args};
  server.memory = kMemory;
  const Hardware hardware = prepare_exo(server, "", what.offload ? Offload::All : Offload::None);
  const ScratchFolder folder;
  const Path counts = folder.path() / "counts";
  const std::string plugin = plugin_words(kPlugin, "counts", counts);
  const ServerMachine machine(http_command(hardware, folder.path(), 1, plugin), folder.path(), counts);
  await_http(machine, folder.path());
  std::unique_ptr<IdleClients> clients;
  if (what.idle != 0) clients = std::make_unique<IdleClients>(http_guest(), what.idle);
  std::vector<std::vector<double>> samples(switch_loads().size());
  for (std::uint32_t round = 0; round < options.rounds; round++)
    for (std::size_t i = 0; i < samples.size(); i++)
      samples[i].push_back(measure(machine, switch_loads()[i], options));
  SwitchRow row{what, {}};
  for (std::size_t i = 0; i < samples.size(); i++) {
    row.instructions.push_back(whole_spread(samples[i]));
    const Spread& spread = row.instructions.back();
    note(fmt::format("{}: {}: {:.0f} ({:.0f}..{:.0f}) instructions", what.name, case_name(switch_loads()[i]),
                     spread.middle, spread.low, spread.high));
  }
  if (clients != nullptr && clients->disturbed() != 0)
    fail("bench: {} of {} idle connections did not stay so", clients->disturbed(), what.idle);
  return row;
}

}  // namespace

std::vector<SwitchRow> run_switches(const SwitchOptions& options, std::string& machine) {
  const std::vector<SwitchCase> cases = chosen_switches(options.only);
  if (cases.empty()) bad_input("exo: no switch has \"{}\" in its name", options.only);
  run_ninja({kPlugin});
  enter_http_network();
  std::vector<SwitchRow> rows;
  for (const SwitchCase& one : cases) rows.push_back(run_case(one, options));
  machine = fmt::format("{} under `bench/libcount.so`, one CPU", kExoServer);
  return rows;
}

}  // namespace exo
