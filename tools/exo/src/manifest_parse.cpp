// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "abi/slice.hpp"
#include "address.hpp"
#include "error.hpp"
#include "manifest.hpp"
#include "manifest/format.hpp"
#include "toml_table.hpp"

namespace exo {

void bad_manifest(const Path& file, int line, const std::string& what) {
  bad_input("{}:{}: {}", file.string(), line, what);
}

namespace {

// Letters, digits, '-', '_' and '.', starting with a letter or digit: safe as a file name, in a
// console prefix and on a command line.
void check_name(const TomlTable& table, std::string_view key, const std::string& name, std::size_t size) {
  const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), good) ||
      std::isalnum(static_cast<unsigned char>(name[0])) == 0)
    table.fail(key, fmt::format("\"{}\" is not a name; use letters, digits, '-', '_' and '.'", name));
  if (name.size() >= size)
    table.fail(key, fmt::format("\"{}\" is too long; use at most {} characters", name, size - 1));
}

MachineSpec parse_machine(const Path& file, const toml::table& source) {
  const TomlTable table(file, source, "[machine]", {"cpus", "memory", "use", "disk"});
  MachineSpec machine;
  machine.line = table.line();
  machine.cpus = table.number("cpus", 1, abi::kMaxCpus, machine.cpus);
  machine.memory = table.size("memory", machine.memory).value;
  machine.disk = table.size("disk", machine.disk.value);
  if (machine.memory / abi::kPageSize > abi::kMaxFrames)
    table.fail("memory", "more memory than the kernel has names for; write at most \"16G\"");
  machine.use = table.size("use", 0).value;
  if (machine.use > machine.memory)
    table.fail("use", "use is more than the machine has; write at most its `memory`");
  return machine;
}

SliceSpec parse_slice(const Path& file, const toml::table& source) {
  const TomlTable table(file, source, "slices", {"cpu", "count", "spread"});
  SliceSpec slice;
  slice.line = table.line();
  slice.cpu = table.number("cpu", 0, abi::kMaxCpus - 1, 0);
  slice.count = table.number("count", 1, abi::kSlicePositions);
  slice.spread = table.boolean("spread", false);
  return slice;
}

ExtentSpec parse_extent(const Path& file, const toml::table& source) {
  const TomlTable table(file, source, "[env.extent]", {"size", "offset", "site", "raw", "access"});
  ExtentSpec extent;
  extent.line = table.line();
  extent.bytes = table.size("size");
  if (table.has("offset")) extent.offset = table.size("offset");
  if (table.has("site") && table.has("raw"))
    table.fail("raw", "an extent holds a site or raw bytes; remove one of them");
  const auto site = table.text("site", "");
  const auto raw = table.text("raw", "");
  extent.site = {site.value, site.line};
  extent.raw = {raw.value, raw.line};
  const bool has_content = table.has("site") || table.has("raw");
  const std::string access = table.text("access", has_content ? "read" : "read-write").value;
  if (access != "read" && access != "read-write" && access != "manage")
    table.fail("access",
               fmt::format("access \"{}\" is unknown; write \"read\", \"read-write\" or \"manage\"", access));
  extent.managing = access == "manage";
  extent.writable = access == "read-write" || extent.managing;
  return extent;
}

// What an environment on the network gets to see and may say if the manifest does not tell.
std::string default_predicate(const NetworkSpec& network, const char* direction) {
  const bool receiving = std::string_view(direction) == "dst";
  std::string own = "ip or arp";  // the address is not known before the machine runs
  if (!network.dhcp) {
    const std::string host = address_text(network.address.value);
    own = fmt::format("(ip and {0} host {1}) or (arp and {0} host {1})", direction, host);
    if (network.broadcast && receiving) own += " or (ip and ether broadcast)";
  }
  if (!network.ip6) return own;
  if (network.address6.value == Address6{}) return own + " or ip6";
  // Beside its own, the link's: neighbours and routers are found there, from no address at first.
  return own + fmt::format(" or (ip6 and ({0} host {1} or {0} net fe80::/10 or {2}))", direction,
                           address_text(network.address6.value),
                           receiving ? "dst net ff02::/16" : "src host ::");
}

void parse_ip6(const TomlTable& table, NetworkSpec& network) {
  network.ip6 = table.has("address6");
  if (!network.ip6) {
    if (table.has("gateway6")) table.fail("gateway6", "gateway6 needs an address; add address6");
    return;
  }
  const auto address = table.text("address6");
  if (address.value == "auto") {
    if (table.has("gateway6"))
      table.fail("gateway6", "routers say themselves where they are; remove this line");
    return;
  }
  const auto parsed = parse_address6_and_prefix(address.value);
  if (!parsed || parsed->address == Address6{})
    table.fail(
        "address6",
        fmt::format("\"{}\" is not an address; write one like \"fd00::15/64\", or \"auto\"", address.value));
  network.address6 = {parsed->address, address.line};
  network.prefix6 = parsed->prefix;
  if (!table.has("gateway6")) return;
  const auto gateway = parse_address6(table.text("gateway6").value);
  if (!gateway) table.fail("gateway6", "gateway6 is not an address; write one like \"fe80::1\"");
  const Address6 link{0xfe, 0x80};
  if (!same_network(*gateway, parsed->address, parsed->prefix) && !same_network(*gateway, link, 10))
    table.fail("gateway6",
               fmt::format("gateway6 is not in the network of {}; correct one of them", address.value));
  network.gateway6 = *gateway;
}

NetworkSpec parse_network(const Path& file, const toml::table& source) {
  const TomlTable table(
      file, source, "[env.network]",
      {"address", "gateway", "address6", "gateway6", "port", "publish", "broadcast", "receive", "send"});
  NetworkSpec network;
  network.line = table.line();
  const auto address = table.text("address");
  network.dhcp = address.value == "dhcp";
  if (!network.dhcp) {
    const auto parsed = parse_address_and_prefix(address.value);
    if (!parsed)
      table.fail("address",
                 fmt::format("\"{}\" is not an address; write one like \"10.0.2.15/24\", or \"dhcp\"",
                             address.value));
    network.address = {parsed->address, address.line};
    network.prefix = parsed->prefix;
  }
  if (table.has("gateway")) {
    const auto gateway = parse_address(table.text("gateway").value);
    if (!gateway) table.fail("gateway", "gateway is not an address; write one like \"10.0.2.2\"");
    if (network.dhcp) table.fail("gateway", "the gateway comes by DHCP too; remove this line");
    if (((*gateway ^ network.address.value) & prefix_mask(network.prefix)) != 0)
      table.fail("gateway",
                 fmt::format("gateway is not in the network of {}; correct one of them", address.value));
    network.gateway = *gateway;
  }
  parse_ip6(table, network);
  network.port = table.port("port").value;
  network.publish = table.port("publish");
  if (network.publish.value != 0 && network.port == 0)
    table.fail("publish", "publish needs the port in the guest; add port = 80");
  network.broadcast = table.boolean("broadcast", false);
  network.receive = table.text("receive", default_predicate(network, "dst"));
  network.send = table.text("send", default_predicate(network, "src"));
  return network;
}

constexpr std::pair<std::string_view, manifest::Capability> kCapabilities[] = {
    {"console", manifest::kConsole}, {"time", manifest::kTime},     {"ledger", manifest::kLedger},
    {"machine", manifest::kMachine}, {"create", manifest::kCreate}, {"slices", manifest::kSlices},
};

std::uint32_t parse_capabilities(const Path& file, const TomlTable& table) {
  std::uint32_t bits = 0;
  for (const auto& name : table.texts("capabilities")) {
    const auto* found = std::find_if(std::begin(kCapabilities), std::end(kCapabilities),
                                     [&](const auto& known) { return known.first == name.value; });
    if (found == std::end(kCapabilities)) {
      std::vector<std::string_view> names;
      for (const auto& known : kCapabilities) names.push_back(known.first);
      bad_manifest(
          file, name.line,
          fmt::format("unknown capability \"{}\"; there are {}", name.value, fmt::join(names, ", ")));
    }
    bits |= found->second;
  }
  return bits;
}

EnvSpec parse_env(const Path& file, const toml::table& source) {
  const TomlTable table(file, source, "[[env]]",
                        {"name", "program", "memory", "borrow", "start_after", "stop_within", "slices",
                         "idle", "capabilities", "args", "instances", "log", "logs", "extent", "network"});
  EnvSpec env;
  env.line = table.line();
  env.name = table.text("name");
  check_name(table, "name", env.name.value, manifest::kNameSize);
  if (env.name.value == "exo" || env.name.value == "aegis")
    table.fail("name",
               fmt::format("\"{}\" is what others call themselves on the console; choose another name",
                           env.name.value));
  env.program = table.text("program", env.name.value);
  check_name(table, "program", env.program.value, manifest::kProgramSize);
  env.memory = table.size("memory");
  if (table.has("borrow")) env.borrow = table.size("borrow").value;
  if (env.borrow / abi::kPageSize > abi::kMaxFrames)
    table.fail("borrow", "more memory than the kernel has names for; write at most \"16G\"");
  env.start_after = table.number("start_after", 0, manifest::kMaxStartAfter, 0);
  env.stop_within = table.number("stop_within", 0, manifest::kMaxStopWithin, 0);
  env.capabilities = parse_capabilities(file, table);
  env.args = table.text("args", "").value;
  const bool printable =
      std::all_of(env.args.begin(), env.args.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable || env.args.size() >= manifest::kArgsSize)
    table.fail("args", fmt::format("args is not {} characters of ASCII at most; shorten or rewrite it",
                                   manifest::kArgsSize - 1));
  for (const toml::table* slice : table.tables("slices")) env.slices.push_back(parse_slice(file, *slice));
  if (env.slices.empty())
    table.fail(
        "slices",
        fmt::format("\"{}\" has no slices and would never run; add slices = [{{ cpu = 0, count = 8 }}]",
                    env.name.value));
  if (env.slices.size() > manifest::kMaxSliceClaims)
    table.fail("slices", fmt::format("too many claims; write at most {}", manifest::kMaxSliceClaims));
  env.idle = table.number("idle", 0, abi::kMaxIdleWeight, 1);
  env.instances = {table.number("instances", 1, manifest::kMaxInstances, 1), table.line_of("instances")};
  if (table.has("log")) env.log = table.size("log");
  if (env.log.value > manifest::kMaxLogFrames * abi::kPageSize)
    table.fail("log", "log is too long; write at most \"256K\"");
  env.logs = table.texts("logs");
  if (const auto* extent = table.table("extent")) env.extent = parse_extent(file, *extent);
  if (const auto* network = table.table("network")) env.network = parse_network(file, *network);
  return env;
}

toml::table parse_toml(const Path& file, std::string_view text) {
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    std::replace(what.begin(), what.end(), '\n', ' ');
    bad_manifest(file, std::max<int>(static_cast<int>(error.source().begin.line), 1),
                 what + "; correct the TOML there");
  }
}

// Whoever takes what routers advertise does not know its address yet; those of others are not it.
void spare_fixed_addresses(Manifest& manifest) {
  std::string fixed;
  for (const EnvSpec& env : manifest.envs) {
    if (!env.network || env.network->address6.value == Address6{}) continue;
    fixed += (fixed.empty() ? "dst host " : " or dst host ") + address_text(env.network->address6.value);
  }
  for (EnvSpec& env : manifest.envs) {
    if (fixed.empty() || !env.network || !env.network->ip6 || env.network->address6.value != Address6{})
      continue;
    NetworkSpec& network = *env.network;
    if (network.receive.value == default_predicate(network, "dst"))
      network.receive.value = fmt::format("({}) and not (ip6 and ({}))", network.receive.value, fixed);
  }
}

}  // namespace

Manifest parse_manifest(const Path& file, std::string_view text) {
  const toml::table root = parse_toml(file, text);
  const TomlTable table(file, root, "the manifest", {"name", "machine", "env"});
  Manifest manifest;
  manifest.file = file;
  manifest.name = table.text("name").value;
  check_name(table, "name", manifest.name, manifest::kProgramSize);
  if (const auto* machine = table.table("machine")) manifest.machine = parse_machine(file, *machine);
  for (const toml::table* env : table.tables("env")) manifest.envs.push_back(parse_env(file, *env));
  if (manifest.envs.empty()) table.fail("env", "no environments; add [[env]] with name = \"root\" first");
  if (manifest.envs.size() > manifest::kMaxEnvs)
    table.fail("env", fmt::format("too many environments; at most {} fit", manifest::kMaxEnvs));
  spare_fixed_addresses(manifest);
  return manifest;
}

}  // namespace exo
