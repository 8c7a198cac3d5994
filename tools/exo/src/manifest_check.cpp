// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "address.hpp"
#include "manifest.hpp"
#include "manifest/format.hpp"
#include "size.hpp"

namespace exo {

namespace {

// Finds the second claim of one thing. Key: what can have one owner only; value: who has it.
template <class Key>
class Owners {
 public:
  // The owner's name if `key` was claimed before; else notes `env` as its owner.
  const std::string* claim(const Key& key, const std::string& env) {
    const auto [place, fresh] = owners_.emplace(key, env);
    return fresh ? nullptr : &place->second;
  }

 private:
  std::map<Key, std::string> owners_;
};

void check_owners(const Manifest& manifest) {
  Owners<std::string> names;
  Owners<std::uint32_t> addresses;
  Owners<Address6> addresses6;
  Owners<std::uint32_t> ports;
  for (const EnvSpec& env : manifest.envs) {
    if (names.claim(env.name.value, env.name.value) != nullptr)
      bad_manifest(manifest.file, env.name.line,
                   fmt::format("a second environment \"{}\"; rename one", env.name.value));
    if (!env.network) continue;
    const NetworkSpec& network = *env.network;
    if (!network.dhcp) {
      if (const auto* owner = addresses.claim(network.address.value, env.name.value))
        bad_manifest(manifest.file, network.address.line,
                     fmt::format("{} belongs to \"{}\" already; give \"{}\" an address of its own",
                                 address_text(network.address.value), *owner, env.name.value));
    }
    if (network.address6.value != Address6{}) {
      if (const auto* owner = addresses6.claim(network.address6.value, env.name.value))
        bad_manifest(manifest.file, network.address6.line,
                     fmt::format("{} belongs to \"{}\" already; give \"{}\" an address of its own",
                                 address_text(network.address6.value), *owner, env.name.value));
    }
    if (network.publish.value == 0) continue;
    if (const auto* owner = ports.claim(network.publish.value, env.name.value))
      bad_manifest(manifest.file, network.publish.line,
                   fmt::format("port {} of the host belongs to \"{}\" already; publish another",
                               network.publish.value, *owner));
  }
}

void check_root(const Manifest& manifest) {
  for (const EnvSpec& env : manifest.envs) {
    if (env.name.value != "root") continue;
    if (env.borrow != 0 || env.start_after != 0)
      bad_manifest(manifest.file, env.line,
                   "root lends and starts the others; remove its \"borrow\" and \"start_after\"");
    return;
  }
  bad_manifest(
      manifest.file, manifest.envs.front().line,
      "no environment \"root\"; add [[env]] with name = \"root\", which hands out what the others get");
}

void check_programs(const Manifest& manifest, const HasProgram& has_program) {
  for (const EnvSpec& env : manifest.envs)
    if (!has_program(env.program.value))
      bad_manifest(
          manifest.file, env.program.line,
          fmt::format("program \"{}\" is missing; name one of those under apps/", env.program.value));
}

void check_content(const Manifest& manifest) {
  for (const EnvSpec& env : manifest.envs) {
    if (!env.extent) continue;
    const auto& [site, raw] = std::tie(env.extent->site, env.extent->raw);
    if (!site.value.empty() && !std::filesystem::is_directory(manifest.folder() / site.value))
      bad_manifest(
          manifest.file, site.line,
          fmt::format("site folder \"{}\" is missing; create it or correct the path", site.value.string()));
    if (!raw.value.empty() && !std::filesystem::is_regular_file(manifest.folder() / raw.value))
      bad_manifest(manifest.file, raw.line,
                   fmt::format("file \"{}\" is missing; create it or correct the path", raw.value.string()));
  }
}

const EnvSpec* find_env(const Manifest& manifest, const std::string& name) {
  const auto found = std::find_if(manifest.envs.begin(), manifest.envs.end(),
                                  [&](const EnvSpec& env) { return env.name.value == name; });
  return found == manifest.envs.end() ? nullptr : &*found;
}

// Who reads a log reads that of somebody who writes one; and root, who has the memory, has enough.
void check_logs(const Manifest& manifest) {
  std::uint64_t all = 0, readable = 0;
  const EnvSpec& root = *find_env(manifest, "root");
  for (const EnvSpec& env : manifest.envs) {
    all += env.log.value * env.instances.value;
    if (all > root.memory.value / 2)
      bad_manifest(
          manifest.file, env.log.line,
          fmt::format("the logs take {} of root's memory of {}; give \"root\" more, or make them shorter",
                      size_text(all), size_text(root.memory.value)));
    readable = 0;
    for (const At<std::string>& name : env.logs) {
      const EnvSpec* writer = find_env(manifest, name.value);
      if (writer == nullptr || writer->log.value == 0)
        bad_manifest(
            manifest.file, name.line,
            fmt::format("\"{0}\" writes no log; name an environment with log = \"64K\"", name.value));
      readable += writer->instances.value;
    }
    if (readable > manifest::kMaxLogs)
      bad_manifest(manifest.file, env.logs.front().line,
                   fmt::format("too many logs to read; at most {} fit", manifest::kMaxLogs));
  }
}

}  // namespace

void check_manifest(const Manifest& manifest, const HasProgram& has_program) {
  check_root(manifest);
  check_owners(manifest);
  check_programs(manifest, has_program);
  check_content(manifest);
  check_logs(manifest);
}

}  // namespace exo
