// SPDX-License-Identifier: MIT
#include "fuzz.hpp"

#include <fmt/format.h>

#include <regex>
#include <sstream>

#include "build.hpp"
#include "error.hpp"
#include "guest_run.hpp"
#include "paths.hpp"

namespace exo {

namespace {

// Beside what a run of so many calls needs.
std::chrono::seconds patience(const FuzzOptions& options) {
  return std::chrono::seconds(120 + options.calls / 500);
}

// examples/fuzz with that seed and number of calls, in the build folder.
Path write_manifest(const FuzzOptions& options, std::uint64_t seed, const std::string& name) {
  std::string text = read_text(source_folder() / "examples/fuzz/exo.toml");
  text = std::regex_replace(text, std::regex("name = \"fuzz\""), fmt::format("name = \"{}\"", name));
  text = std::regex_replace(text, std::regex("\"model [0-9]+ [0-9]+\""),
                            fmt::format("\"model {} {}\"", seed, options.calls));
  text = std::regex_replace(text, std::regex("\"raw [0-9]+ "), fmt::format("\"raw {} ", seed));
  const Path folder = build_folder() / name;
  std::filesystem::create_directories(folder);
  write_text(folder / "exo.toml", text);
  return folder / "exo.toml";
}

}  // namespace

FuzzResult read_fuzz(const std::string& console, bool powered_off) {
  FuzzResult result;
  result.console = console;
  bool ended = false;
  std::istringstream lines(console);
  const std::regex total(R"(^aegis\| fuzz: (\d+) calls, (\d+) checks.*)");
  for (std::string line; std::getline(lines, line);) {
    while (line.ends_with('\r')) line.pop_back();
    std::smatch match;
    if (std::regex_match(line, match, total)) {
      result.calls = std::stoull(match[1]);
      result.checks = std::stoull(match[2]);
    }
    if (line.starts_with("root| fuzz: ends with code 0")) ended = true;
    const bool bad = line.find("| FAIL ") != std::string::npos || line.starts_with("aegis| panic: ") ||
                     line.find("fuzz: invariant broken") != std::string::npos;
    if (bad && result.found.empty()) result.found = line;
  }
  if (result.found.empty() && (!ended || !powered_off)) result.found = "the run did not come to its end";
  result.clean = result.found.empty();
  return result;
}

FuzzResult fuzz(const FuzzOptions& options, std::uint64_t seed) {
  const std::string suffix = options.defect.empty() ? "" : "-" + options.defect;
  const Path manifest = write_manifest(options, seed, "fuzzing" + suffix);
  const Built built = build_images({manifest}, "kernel-fuzz" + suffix + ".elf").front();
  Hardware hardware;
  hardware.cpus = options.cpus;
  hardware.memory = 96ul << 20;
  hardware.image = built.image;
  hardware.disk = built.disk;
  if (options.cpus == 1) {  // devices keep a time of their own
    hardware.count_time = true;
    hardware.disk_type = DiskType::None;
    hardware.nic = Nic::None;
  }
  const ScratchFolder folder;
  const GuestRun run = run_guest(hardware, folder.path(), patience(options));
  return read_fuzz(run.console + run.qemu_log,
                   run.end.ending == Ending::PoweredOff && run.end.exit_status == kExitOk);
}

}  // namespace exo
