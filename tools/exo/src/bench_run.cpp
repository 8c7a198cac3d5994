// SPDX-License-Identifier: MIT
#include "bench_run.hpp"

#include <algorithm>
#include <cstdio>

#include "bench_peer.hpp"
#include "build.hpp"
#include "console.hpp"
#include "error.hpp"
#include "guest_run.hpp"
#include "ninja.hpp"
#include "paths.hpp"
#include "qemu.hpp"

namespace exo {

namespace {

constexpr const char* kPlugin = "bench/libcount.so";
constexpr std::chrono::seconds kPatience(300);  // for one run

// The manifest with `only` as the program's arguments, in the build folder.
Path write_manifest(const std::string& only) {
  const bool good = std::all_of(only.begin(), only.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!good) bad_input("--only {}: not the beginning of a row's name", only);
  std::string text = read_text(source_folder() / "bench/primitives/exo.toml");
  const std::string empty = "args = \"\"";
  const auto at = text.find(empty);
  if (at == std::string::npos) fail("bench/primitives/exo.toml: has no line {}", empty);
  text.replace(at, empty.size(), fmt::format("args = \"{}\"", only));
  const Path folder = build_folder() / "bench";
  std::filesystem::create_directories(folder);
  write_text(folder / "exo.toml", text);
  return folder / "exo.toml";
}

// Runs the machine to its end; its console.
std::string run_once(Hardware hardware, const Path& folder) {
  std::filesystem::create_directories(folder);
  hardware.wire = {folder / "guest", folder / "peer"};
  const BenchPeer peer(hardware.wire.our_end, hardware.wire.guest_end);
  const GuestRun run = run_guest(hardware, folder, kPatience);
  if (run.end.ending == Ending::PoweredOff) return run.console;
  fail("bench: the machine failed\n{}{}", run.console, run.qemu_log);
}

std::string first_line_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  char line[256] = {};
  if (pipe != nullptr && std::fgets(line, sizeof line, pipe) == nullptr) line[0] = 0;
  if (pipe != nullptr) ::pclose(pipe);
  std::string text = line;
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// For people who want to do the same: paths as they are seen from the top of the tree.
std::string describe(const Hardware& hardware) {
  std::string text = first_line_of("qemu-system-x86_64 --version") + ", `" +
                     fmt::format("{}", fmt::join(qemu_command(hardware), " ")) + "`";
  const std::string prefix = source_folder().string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

}  // namespace

BenchOutcome run_bench(const BenchOptions& options, std::string& machine) {
  const Built built = build_images({write_manifest(options.only)}).front();
  run_ninja({kPlugin});
  Hardware hardware;
  hardware.cpus = 1;
  hardware.memory = 256ul << 20;
  hardware.image = built.image;
  hardware.disk = built.disk;
  hardware.cpu_model = options.cpu_model;
  const ScratchFolder folder;
  const std::string timed = run_once(hardware, folder.path() / "timed");
  const Path log = folder.path() / "counts";
  hardware.plugin = plugin_words(kPlugin, "log", log);
  const std::string counted = run_once(hardware, folder.path() / "counted");
  hardware.console = "CONSOLE";
  hardware.wire = {"GUEST", "PEER"};
  hardware.plugin = plugin_words(kPlugin, "log", "LOG");
  machine = describe(hardware);
  return read_bench(counted, read_text(log), timed);
}

}  // namespace exo
