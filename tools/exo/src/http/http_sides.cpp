// SPDX-License-Identifier: MIT
#include "http_sides.hpp"

#include <algorithm>
#include <random>

#include "build.hpp"
#include "error.hpp"
#include "linux_guest.hpp"
#include "ninja.hpp"
#include "paths.hpp"

namespace exo {

namespace {

constexpr const char* kGuestAddress = "10.0.2.15/24";  // as in bench/http/exo.toml
constexpr const char* kCheetahLinux = "cheetah-linux";

Path folder() { return build_folder() / "bench/http"; }

bool is_chosen(const HttpBenchOptions& options, const std::string& side) {
  return options.sides.empty() || std::count(options.sides.begin(), options.sides.end(), side) != 0;
}

void write_site() {
  std::filesystem::create_directories(folder() / "site");
  for (const std::uint32_t kib : kFileSizes)
    write_if_changed(folder() / "site" / file_name(kib), file_content(kib));
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == std::string::npos) fail("bench/http/exo.toml: has no line {}", what);
  text.replace(at, what.size(), by);
}

// The manifest, beside the site in the build folder.
Path write_manifest(const ExoServer& server) {
  std::string text = read_text(source_folder() / "bench/http/exo.toml");
  replace(text, "name = \"bench-http\"", fmt::format("name = \"{}\"", server.name));
  replace(text, "\ncpus = 1\n", fmt::format("\ncpus = {}\n", server.cpus));
  replace(text, "\nuse = \"33M\"", fmt::format("\nuse = \"{}M\"", 21 + server.cpus * server.memory));
  std::string program = fmt::format("\nprogram = \"{}\"\nmemory = \"{}M\"\n", server.program, server.memory);
  if (!server.args.empty()) program += fmt::format("args = \"{}\"\n", server.args);
  replace(text, "\nprogram = \"cheetah\"\nmemory = \"12M\"\n", program);
  replace(text, "\ninstances = 1 ", fmt::format("\ninstances = {} ", server.cpus));
  Path file = folder() / (server.name + ".toml");
  write_text(file, text);
  return file;
}

ServerSide linux_side(const std::string& name, const HttpBenchOptions& options, LinuxServer server,
                      const Hardware& common) {
  LinuxPurpose purpose;
  purpose.server = server;
  purpose.program = build_folder() / kCheetahLinux;
  purpose.site = folder() / "site";
  purpose.address = kGuestAddress;
  purpose.workers = options.cpus;
  const LinuxGuest guest = prepare_linux(purpose, build_folder() / "bench/debian", folder());
  ServerSide side{name, "", common};
  side.hardware.image = guest.kernel;
  side.hardware.initrd = guest.initrd;
  side.hardware.append = guest.command_line;
  return side;
}

}  // namespace

ByteVector file_content(std::uint32_t kib) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-\n";
  std::minstd_rand random(kib);
  ByteVector content(std::size_t{kib} << 10);
  for (std::uint8_t& byte : content) byte = static_cast<std::uint8_t>(kLetters[random() >> 8 & 63]);
  return content;
}

Hardware prepare_exo(const ExoServer& server, const std::string& cpu_model, Offload offload) {
  write_site();
  const Built built = build_images({write_manifest(server)}).front();
  Hardware hardware;
  hardware.memory = 256ul << 20;
  hardware.cpu_model = cpu_model;
  hardware.offload = offload;
  hardware.image = built.image;
  hardware.disk = built.disk;
  return hardware;
}

std::vector<ServerSide> prepare_sides(const HttpBenchOptions& options) {
  const Offload offload = options.offload ? Offload::All : Offload::None;
  const Hardware common = prepare_exo({}, options.cpu_model, offload);
  std::vector<ServerSide> sides;
  if (is_chosen(options, "exo")) {
    sides.push_back({kExoSide, "", common});
    ExoServer several{fmt::format("bench-http-{}", options.cpus)};
    several.cpus = options.cpus;
    if (options.cpus > 1) sides.back().timed_image = prepare_exo(several, options.cpu_model, offload).image;
  }
  if (is_chosen(options, "linux"))
    sides.push_back(linux_side(kNginxSide, options, LinuxServer::Nginx, common));
  if (!is_chosen(options, kCheetahLinux)) return sides;
  if (known_targets().count(kCheetahLinux) != 0) run_ninja({kCheetahLinux});
  if (std::filesystem::exists(build_folder() / kCheetahLinux)) {
    sides.push_back(linux_side(kCheetahSide, options, LinuxServer::Cheetah, common));
  } else {
    sides.push_back({kCheetahSide, "not built (build/cheetah-linux)", common});
  }
  return sides;
}

}  // namespace exo
