// SPDX-License-Identifier: MIT
// Which part of the tree is which step of the path, and the text of the results.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "micro.hpp"

namespace exo {

namespace {

struct Step {
  std::string_view name;
  std::vector<std::string_view> files;  // beginnings of their paths
};

constexpr const char* kCopying = "copying and clearing, by the server";
constexpr const char* kKernelCopying = "copying and clearing, by the kernel";
constexpr const char* kOtherKernel = "kernel: calls, interrupts, time, the rest";
constexpr const char* kOther = "the rest";

// In the order of the path; the first that fits counts.
const std::vector<Step>& steps() {
  static const std::vector<Step> kSteps{
      {"card to kernel: receive queue",
       {"kernel/drivers/virtio_net_receive", "kernel/drivers/virtio_net.cpp"}},
      {"kernel to ring: filters",
       {"kernel/core/demux", "kernel/core/filter", "kernel/core/shape", "kernel/core/binding",
        "kernel/syscall/net.cpp", "kernel/core/bpf", "kernel/core/ring"}},
      {"ring to stack and back: netdev", {"libos/netdev"}},
      {"checksums", {"libos/net/src/checksum", "libos/net/include/net/checksum"}},
      {"Ethernet and IP", {"libos/net/"}},
      {"TCP", {"libos/tcp/"}},
      {"HTTP: the request is parsed",
       {"libos/http/src/parser", "libos/http/src/request", "libos/http/src/target",
        "libos/http/src/characters", "libos/http/src/plain_run", "libos/http/src/fields",
        "libos/http/include/http/parser", "libos/http/src/encoding", "libos/http/src/conditions",
        "libos/http/src/ranges"}},
      {"server: known requests, response", {"libos/http/", "apps/", "libos/pack/"}},
      {"kernel: net_send, filters of what is sent", {"kernel/syscall/net_send", "kernel/syscall/net_filter"}},
      {"kernel to card: transmit queue", {"kernel/drivers/virtio_net_transmit"}},
      {"virtqueues, both ways", {"kernel/drivers/virtqueue"}},
      {"kernel: console", {"kernel/console"}},
  };
  return kSteps;
}

// Helpers that everybody inlines say nothing about the step.
bool is_common(const std::string& file) {
  return file.starts_with("base/") || file.starts_with("abi/") || file.starts_with("/usr/") ||
         file.starts_with("libos/core/") || file.starts_with("libos/vm/") || file == "??" || file.empty();
}

double per_request(const MicroLoad& load, const std::string& step) {
  double sum = 0;
  for (const ProfilePlace& place : load.places)
    if (step.empty() || step_of(place) == step) sum += place.count;
  return sum / load.requests;
}

std::string row(const std::string& name, const std::vector<MicroLoad>& loads, const std::string& step) {
  std::string text = "| " + name + " |";
  for (const MicroLoad& load : loads) text += fmt::format(" {:.0f} |", per_request(load, step));
  return text + "\n";
}

}  // namespace

std::string step_of(const ProfilePlace& place) {
  for (const Frame& frame : place.frames) {
    if (frame.file.starts_with("base/memory")) return place.kernel ? kKernelCopying : kCopying;
    if (is_common(frame.file)) continue;
    for (const Step& step : steps())
      for (const std::string_view file : step.files)
        if (frame.file.starts_with(file)) return std::string(step.name);
    break;
  }
  return place.kernel ? kOtherKernel : kOther;
}

std::string micro_table(const std::vector<MicroLoad>& loads) {
  std::string text = "| Step |";
  for (const MicroLoad& load : loads) text += " " + load.name + " |";
  text += "\n|---|";
  for (std::size_t i = 0; i < loads.size(); i++) text += "--:|";
  text += "\n";
  for (const Step& step : steps()) text += row(std::string(step.name), loads, std::string(step.name));
  for (const char* const name : {kCopying, kKernelCopying, kOtherKernel, kOther})
    text += row(name, loads, name);
  return text + row("**all**", loads, "");
}

std::string micro_functions(const std::vector<MicroLoad>& loads, std::uint32_t most) {
  std::string text;
  for (const MicroLoad& load : loads) {
    std::map<std::string, double> counts;
    for (const ProfilePlace& place : load.places) {
      const Frame frame = place.frames.empty() ? Frame{place.kernel ? "kernel, not known" : "not known", ""}
                                               : place.frames.front();
      counts[fmt::format("`{}` {}", frame.function.substr(0, frame.function.find('(')), frame.file)] +=
          place.count;
    }
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [name, count] : counts) order.emplace_back(count / load.requests, name);
    std::sort(order.rbegin(), order.rend());
    text += fmt::format("\n{}:\n", load.name);
    for (std::size_t i = 0; i < order.size() && i < most; i++)
      text += fmt::format("{:9.0f} {}\n", order[i].first, order[i].second);
  }
  return text;
}

}  // namespace exo
