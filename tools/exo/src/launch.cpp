// SPDX-License-Identifier: MIT
#include "launch.hpp"

#include <net/if.h>

#include <algorithm>
#include <fstream>

#include "abi/types.hpp"
#include "address.hpp"
#include "build.hpp"
#include "disk.hpp"
#include "error.hpp"
#include "image.hpp"
#include "machines.hpp"
#include "manifest_compile.hpp"
#include "paths.hpp"
#include "publish.hpp"
#include "size.hpp"

namespace exo {

namespace {

struct Sources {
  Path image;
  Path disk;
};

// By its name, or by its first bytes.
bool is_image(const Path& path) {
  if (path.extension() == ".elf") return true;
  char start[4] = {};
  std::ifstream(path, std::ios::binary).read(start, sizeof start);
  return std::string_view(start, sizeof start) ==
         "\x7f"
         "ELF";
}

// The image named, or the one built from the manifest named.
Sources find_sources(const RunOptions& options) {
  const Path named = options.target.empty() ? source_folder() / "examples/web" : Path(options.target);
  if (is_image(named)) {
    Path disk = named;
    return {std::filesystem::absolute(named), std::filesystem::absolute(disk.replace_extension(".disk"))};
  }
  const Built built = build_images({manifest_path(named)}).front();
  return {built.image, built.disk};
}

void choose_disk(Hardware& hardware, const RunOptions& options, const Sources& sources,
                 const manifest::Reader& compiled) {
  hardware.disk_type =
      options.disk_type.value_or(options.board == Board::Microvm ? DiskType::Virtio : DiskType::Nvme);
  if (options.board == Board::Microvm && hardware.disk_type == DiskType::Nvme)
    bad_input("--disk-type nvme: microvm has no PCI; use --disk-type virtio or --machine q35");
  if (hardware.disk_type == DiskType::None) {
    if (!options.disk.empty())
      bad_input("--disk {}: the machine has no disk with --disk-type none; remove one", options.disk);
    return;
  }
  hardware.keep_writes = !options.disk.empty();
  hardware.disk = options.disk.empty() ? sources.disk : std::filesystem::absolute(options.disk);
  verify_disk(hardware.disk, compiled);
}

void choose_size(Hardware& hardware, const RunOptions& options, const manifest::Reader& compiled) {
  const auto memory = options.memory.empty() ? compiled.header().memory : parse_size(options.memory);
  if (!memory || *memory % (1 << 20) != 0 || *memory / abi::kPageSize > abi::kMaxFrames)
    bad_input("-m {}: not a size in whole MiB up to 16G; write one like 256M", options.memory);
  hardware.memory = *memory;
  hardware.cpus = options.cpus != 0 ? options.cpus : compiled.header().cpus;
  if (const auto misfit = find_misfit(compiled, hardware.cpus, hardware.memory))
    bad_input("{}; give the machine more with {}", misfit->what, misfit->claim < 0 ? "-m" : "--cpus");
}

// The guest sits on a network of the host: nothing is forwarded, environments answer where they are.
void choose_tap(Hardware& hardware, const RunOptions& options, const manifest::Reader& compiled) {
  if (!options.publish.empty())
    bad_input("-p {}: nothing is forwarded with --tap; use the environment's own address",
              options.publish.front());
  if (::if_nametoindex(options.tap.c_str()) == 0)
    bad_input("--tap {}: no such interface; make one: ip tuntap add dev {} mode tap user $USER", options.tap,
              options.tap);
  hardware.tap = options.tap;
  for (const manifest::Env& env : compiled.envs()) {
    const manifest::Network& network = env.network;
    if (network.address == 0 || network.port == 0 || env.instance != 0) continue;
    hardware.forwards.push_back(
        {network.port, network.address, network.port, server_name(env), network.address});
  }
}

void choose_network(Hardware& hardware, const RunOptions& options, const manifest::Reader& compiled,
                    std::vector<std::string>& notes) {
  hardware.nic = options.nic;
  if (options.nic == Nic::None) {
    if (!options.publish.empty())
      bad_input("-p {}: the machine has no network with --nic none; remove one", options.publish.front());
    if (!options.pcap.empty())
      bad_input("--pcap {}: the machine has no network with --nic none; remove one", options.pcap);
    if (!options.tap.empty())
      bad_input("--tap {}: the machine has no network with --nic none; remove one", options.tap);
    return;
  }
  hardware.offload = options.offload;
  if (!options.tap.empty()) return choose_tap(hardware, options, compiled);
  std::vector<PublishRequest> requests;
  for (const std::string& text : options.publish) requests.push_back(parse_publish(text));
  hardware.forwards = settle_ports(plan_forwards(compiled, requests), notes);
  for (const manifest::Env& env : compiled.envs()) {
    if (env.network.address == 0) continue;
    hardware.guest_net = env.network.address & prefix_mask(env.network.prefix);
    hardware.guest_prefix = env.network.prefix;
    hardware.guest_gateway = env.network.gateway;
    break;
  }
}

// The name asked for, or the image's, with a number behind it while that is taken.
std::string choose_name(const RunOptions& options, const std::string& image) {
  if (!options.name.empty()) {
    const bool good =
        options.name.find('/') == std::string::npos && options.name[0] != '.' && options.name.size() < 64;
    if (!good) bad_input("--name {}: not a name; use letters and digits", options.name);
    return options.name;
  }
  std::string name = image;
  for (int n = 2;; n++) {
    const auto other = Machine::find(name);
    if (!other || !other->is_running()) return name;
    name = fmt::format("{}-{}", image, n);
  }
}

}  // namespace

Launch prepare_launch(const RunOptions& options) {
  const Sources sources = find_sources(options);
  const Image image = Image::read(sources.image);
  const manifest::Reader& compiled = image.manifest();
  Launch launch;
  launch.hardware.image = sources.image;
  launch.hardware.board = options.board;
  launch.hardware.append = options.append;
  launch.hardware.accelerator = find_accelerator();
  choose_disk(launch.hardware, options, sources, compiled);
  choose_size(launch.hardware, options, compiled);
  choose_network(launch.hardware, options, compiled, launch.notes);
  if (!options.pcap.empty()) launch.capture = plan_capture(options.pcap, compiled);
  if (!options.pcap.empty()) launch.hardware.dump = launch.capture.raw();
  launch.name = choose_name(options, compiled.header().name);
  for (const manifest::Env& env : compiled.envs()) launch.speakers.emplace_back(env.name);
  if (options.board != Board::Q35) return launch;  // microvm has no power button
  for (const manifest::Env& env : compiled.envs()) launch.grace = std::max(launch.grace, env.stop_within);
  return launch;
}

}  // namespace exo
