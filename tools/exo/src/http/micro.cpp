// SPDX-License-Identifier: MIT
#include "micro.hpp"

#include "command.hpp"
#include "error.hpp"
#include "http_boot.hpp"
#include "http_sides.hpp"
#include "ninja.hpp"
#include "paths.hpp"

namespace exo {

namespace {

constexpr const char* kPlugin = "bench/libprofile.so";
constexpr HttpCase kLoads[] = {{1, false, 16}, {1, true, 16}, {100, false, 16}};

// Requests of one load, and what the guest executed for them.
MicroLoad measure(const HttpCase& what, const MicroOptions& options, const Path& table, const Path& program) {
  double response = 0;
  if (const std::string wrong = find_wrong(what.kib, response); !wrong.empty()) fail("bench: {}", wrong);
  const Profile before = read_profile(table);
  const WrkResult wrk = parse_wrk(
      run_or_fail(wrk_command({http_url(what.kib), what.close, what.connections, options.seconds})));
  const Profile used = read_profile(table) - before;
  if (!wrk.errors.empty()) fail("bench: {}: {}", case_name(what), wrk.errors);
  return {case_name(what), requests_worth(what, wrk, response),
          find_places(used, build_folder() / "kernel.elf", program)};
}

}  // namespace

std::vector<MicroLoad> run_micro(const MicroOptions& options, std::string& machine) {
  HttpBenchOptions http;
  http.sides = {"exo"};
  const ServerSide side = prepare_sides(http).front();
  run_ninja({kPlugin});
  enter_http_network();
  const ScratchFolder folder;
  const Path table = folder.path() / "table";
  const std::string plugin = plugin_words(kPlugin, "table", table);
  const ServerMachine guest(http_command(side.hardware, folder.path(), 1, plugin), folder.path(), "");
  await_http(guest, folder.path());
  std::vector<MicroLoad> loads;
  for (const HttpCase& what : kLoads)
    loads.push_back(measure(what, options, table, build_folder() / "programs" / kExoServer));
  machine = fmt::format("{} under `bench/libprofile.so`, one CPU", kExoServer);
  return loads;
}

}  // namespace exo
