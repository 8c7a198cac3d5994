// SPDX-License-Identifier: MIT
#include "http_boot.hpp"

#include <fmt/format.h>

#include <thread>

#include "command.hpp"
#include "error.hpp"
#include "http_get.hpp"
#include "http_sides.hpp"
#include "network_space.hpp"

namespace exo {

namespace {

using namespace std::chrono_literals;

constexpr const char* kTap = "exobench";
constexpr const char* kHost = "10.0.2.2/24";
constexpr const char* kGuest = "10.0.2.15";
constexpr auto kBootPatience = 180s;
constexpr auto kAnswerPatience = 60s;

}  // namespace

void enter_http_network() {
  run_or_fail({"sh", "-c", "command -v wrk ip"});
  enter_network_space(kTap, kHost);
}

std::string http_guest() { return kGuest; }

std::string http_url(std::uint32_t kib) { return fmt::format("http://{}/{}", kGuest, file_name(kib)); }

std::vector<std::string> http_command(Hardware hardware, const Path& folder, std::uint32_t cpus,
                                      const std::string& plugin) {
  hardware.console = folder / "console";
  hardware.tap = kTap;
  hardware.cpus = cpus;
  hardware.plugin = plugin;  // which only the emulator knows
  hardware.accelerator = plugin.empty() ? find_accelerator() : Accelerator::Tcg;
  std::vector<std::string> command = qemu_command(hardware);
  command.insert(command.end(), {"-name", "bench,debug-threads=on"});
  return command;
}

void await_http(const ServerMachine& machine, const Path& folder) {
  const auto deadline = std::chrono::steady_clock::now() + kBootPatience;
  while (machine.is_running() && std::chrono::steady_clock::now() < deadline) {
    if (http_get(kGuest, "/" + file_name(1), 2s).status != 0) return;
    std::this_thread::sleep_for(100ms);
  }
  fail("bench: the guest does not answer; its console:\n{}{}",
       std::filesystem::exists(folder / "console") ? read_text(folder / "console") : "",
       read_text(folder / "qemu.log"));
}

std::string find_wrong(std::uint32_t kib, double& size) {
  const HttpAnswer answer = http_get(kGuest, "/" + file_name(kib), kAnswerPatience);
  size = static_cast<double>(answer.size);
  if (answer.status == 0) return file_name(kib) + " was not answered";
  if (answer.status != 200) return fmt::format("{} was answered {}", file_name(kib), answer.status);
  return answer.body == file_content(kib) ? "" : file_name(kib) + " came with other content";
}

}  // namespace exo
