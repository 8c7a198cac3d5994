// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <bit>

#include "manifest.hpp"
#include "manifest/format.hpp"

namespace exo {

namespace {

// Connections are dealt out by bits of the client's port: not the lowest, since Linux gives its clients even
// ports first. An error about a connection carries the beginning of our own packet, so the ports are there
// too. `how`: "=", or "!=" for those of all others.
std::string connections(const NetworkSpec& network, std::uint32_t mask, const char* how,
                        std::uint32_t value) {
  const std::string part = fmt::format("& {} {} {}", mask, how, value);
  std::string text =
      fmt::format("(tcp[2:2] = {0} and tcp[1] {1}) or (icmp[0] = 3 and icmp[28:2] = {0} and icmp[31] {1})",
                  network.port, part);
  if (network.ip6)
    text += fmt::format(
        " or (ip6[6] = 6 and ip6[42:2] = {0} and ip6[41] {1}) or "
        "(ip6[6] = 58 and ip6[40] < 128 and ip6[88:2] = {0} and ip6[91] {1})",
        network.port, part);
  return text;
}

// All hear who asks for the station of their address; the first gets what belongs to no connection.
std::string part_predicate(const NetworkSpec& network, std::uint32_t instance, std::uint32_t instances) {
  const std::uint32_t mask = (instances - 1) << 1;
  if (instance == 0)
    return fmt::format("({}) and not ({})", network.receive.value, connections(network, mask, "!=", 0));
  return fmt::format("({}) and (arp{} or {})", network.receive.value, network.ip6 ? " or ip6 multicast" : "",
                     connections(network, mask, "=", instance << 1));
}

void check_instances(const Manifest& manifest, const EnvSpec& env) {
  const int line = env.instances.line;
  const std::uint32_t count = env.instances.value;
  if (env.name.value == "root") bad_manifest(manifest.file, line, "there is one root; remove \"instances\"");
  if (env.name.value.size() + 3 >= manifest::kNameSize)
    bad_manifest(
        manifest.file, env.name.line,
        fmt::format("\"{}\" is too long for instances, which have a number behind it; use at most {} "
                    "characters",
                    env.name.value, manifest::kNameSize - 4));
  if (env.extent && env.extent->writable)
    bad_manifest(manifest.file, line,
                 "instances share their blocks, which nobody may write then; write access = \"read\"");
  if (!env.network) return;
  if (env.network->dhcp)
    bad_manifest(manifest.file, env.network->line,
                 "instances share an address, and DHCP gives it to one; write it here");
  if (env.network->port == 0)
    bad_manifest(manifest.file, env.network->line,
                 "instances share the connections to a port; add port = 80");
  if (!std::has_single_bit(count))
    bad_manifest(manifest.file, line,
                 fmt::format("connections cannot be dealt out to {}; write 2, 4, 8 or 16", count));
}

EnvSpec instance_of(const EnvSpec& env, std::uint32_t number) {
  EnvSpec one = env;
  one.name.value += fmt::format(".{}", number);
  one.instance = number;
  for (SliceSpec& slice : one.slices) slice.cpu += number;
  if (!one.network) return one;
  one.network->shared = true;
  one.network->receive.value = part_predicate(*env.network, number, env.instances.value);
  if (number > 0) one.network->publish.value = 0;
  return one;
}

}  // namespace

void expand_instances(Manifest& manifest) {
  std::vector<EnvSpec> all;
  for (const EnvSpec& env : manifest.envs) {
    if (env.instances.value == 1) {
      all.push_back(env);
      continue;
    }
    check_instances(manifest, env);
    for (std::uint32_t i = 0; i < env.instances.value; i++) all.push_back(instance_of(env, i));
  }
  if (all.size() > manifest::kMaxEnvs)
    bad_manifest(manifest.file, manifest.envs.front().line,
                 fmt::format("too many environments with all instances; at most {} fit", manifest::kMaxEnvs));
  manifest.envs = std::move(all);
}

}  // namespace exo
