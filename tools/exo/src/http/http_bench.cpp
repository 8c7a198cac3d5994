// SPDX-License-Identifier: MIT
#include "http_bench.hpp"

#include <algorithm>

#include "command.hpp"
#include "error.hpp"
#include "http_boot.hpp"
#include "http_sides.hpp"
#include "ninja.hpp"
#include "paths.hpp"

namespace exo {

namespace {

constexpr const char* kPlugin = "bench/libcount.so";

std::vector<HttpCase> cases_of(const HttpBenchOptions& options) {
  std::vector<HttpCase> cases;
  for (const std::uint32_t kib : kFileSizes)
    for (const bool close : {false, true})
      for (const std::uint32_t connections : {1u, 16u, 256u})
        if (!options.quick || connections == 16) cases.push_back({kib, close, connections});
  return cases;
}

constexpr unsigned kMostRestarts = 3;  // of one side in one run, but for ours

// One side, through all cases, in one boot if it can.
class SideRun {
 public:
  SideRun(const HttpBenchOptions& options, const std::vector<HttpCase>& cases, HttpSide& side)
      : options_(options), cases_(cases), side_(side) {}

  // Who is compared with us and answers nothing any more is started again, and the report says so: the case
  // that it ended in is not counted, but tried once more. If ours ends, that is an error.
  void run(const Hardware& hardware, bool counted, const std::string& which) {
    const unsigned restarts = side_.name == kExoSide ? 0 : kMostRestarts;
    std::size_t next = 0;
    for (unsigned boots = 0; boots <= restarts && next < cases_.size(); boots++) {
      if (boots > 0) side_.restarts.push_back(fmt::format("{}: {}", which, case_name(cases_[next])));
      next = run_from(next, hardware, counted, which);
    }
    for (std::size_t i = next; i < cases_.size(); i++)
      side_.measured[i].add_error("the server had ended in " + case_name(cases_[next]));
  }

 private:
  // One boot from that case on. Returns the case in which the server ended; behind the last: in none.
  std::size_t run_from(std::size_t first, const Hardware& hardware, bool counted, const std::string& which) {
    const ScratchFolder folder;
    allow_huge_pages(!counted);  // so that memory is counted by the page where speed is not
    const Path counts = counted ? folder.path() / "counts" : Path();
    const ServerMachine machine(command_of(hardware, folder.path(), counts), folder.path(), counts);
    await_http(machine, folder.path());
    for (std::size_t i = first; i < cases_.size(); i++) {
      HttpMeasurement measured = side_.measured[i];
      if (!load(machine, cases_[i], counted, measured, which)) {
        note(read_text(folder.path() / "console") + read_text(folder.path() / "qemu.log"));
        return i;
      }
      side_.measured[i] = measured;
    }
    if (counted && first == 0)
      side_.touched.push_back(static_cast<double>(machine.touched_memory(hardware.memory)));
    return cases_.size();
  }

  // With the counting plugin where `counts` names its file.
  std::vector<std::string> command_of(const Hardware& hardware, const Path& folder,
                                      const Path& counts) const {
    if (counts.empty()) return http_command(hardware, folder, options_.cpus, "");
    return http_command(hardware, folder, 1, plugin_words(kPlugin, "counts", counts));
  }

  // False: the server answers nothing any more.
  bool load(const ServerMachine& machine, const HttpCase& what, bool counted, HttpMeasurement& into,
            const std::string& which) const {
    double response = 0;
    const std::string wrong = find_wrong(what.kib, response);
    if (!wrong.empty()) into.add_error(wrong);
    if (response == 0) return false;
    const WrkLoad load{http_url(what.kib), what.close, what.connections, options_.seconds};
    const Usage before = machine.usage();
    const WrkResult result = parse_wrk(run_or_fail(wrk_command(load)));
    const Usage used = machine.usage() - before;
    if (counted) {
      into.add_counted(what, result, used, response);
    } else {
      into.add_timed(what, result, used, response);
    }
    const std::string wrong_then = find_wrong(what.kib, response);
    if (!wrong_then.empty()) into.add_error(wrong_then);
    tell(which, what, counted ? into.all : into.rate, into.errors);
    return response > 0;
  }

  void tell(const std::string& which, const HttpCase& what, const std::vector<double>& values,
            const std::vector<std::string>& errors) const {
    note(fmt::format("{}: {}: {}: {:.0f}{}{}", which, side_.name, case_name(what),
                     values.empty() ? 0 : values.back(),
                     errors.empty() ? "" : ", ERRORS: ", fmt::join(errors, "; ")));
  }

  const HttpBenchOptions& options_;
  const std::vector<HttpCase>& cases_;
  HttpSide& side_;
};

// For people who want to do the same: paths as they are seen from the top of the tree.
std::string describe(const HttpBenchOptions& options, const ServerSide& side) {
  std::string text =
      fmt::format("{}", fmt::join(http_command(side.hardware, "FOLDER", options.cpus, ""), " "));
  const std::string prefix = source_folder().string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return fmt::format("{}: `{}`", side.name, text);
}

void run_all(const HttpBenchOptions& options, const std::vector<ServerSide>& sides, HttpReport& report) {
  for (std::uint32_t n = 0; n < options.runs; n++) {
    for (std::size_t i = 0; i < sides.size(); i++) {
      if (!sides[i].absent.empty()) continue;
      SideRun side(options, report.cases, report.sides[i]);
      const std::string which = fmt::format("run {} of {}", n + 1, options.runs);
      Hardware timed = sides[i].hardware;
      if (!sides[i].timed_image.empty()) timed.image = sides[i].timed_image;
      side.run(timed, false, which + ", requests per second");
      side.run(sides[i].hardware, true, which + ", instructions per request");
    }
  }
}

}  // namespace

HttpReport run_http_bench(const HttpBenchOptions& given, std::string& machine) {
  HttpBenchOptions options = given;
  if (options.quick) options.runs = 1, options.seconds = std::min(options.seconds, 2u);
  const std::vector<ServerSide> sides = prepare_sides(options);
  run_ninja({kPlugin});
  HttpReport report;
  report.cases = cases_of(options);
  for (const std::uint32_t kib : kFileSizes) report.site_bytes += kib << 10;
  for (const ServerSide& side : sides) {
    report.sides.push_back({side.name, side.absent, {}, {}, {}});
    report.sides.back().measured.resize(report.cases.size());
    if (side.absent.empty()) machine += "\n- " + describe(options, side);
  }
  enter_http_network();
  run_all(options, sides, report);
  return report;
}

}  // namespace exo
