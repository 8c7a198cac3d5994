// SPDX-License-Identifier: MIT
#include "manifest_compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "abi/cap.hpp"
#include "abi/frame.hpp"
#include "error.hpp"
#include "filter.hpp"
#include "size.hpp"

namespace exo {

namespace {

template <std::size_t N>
void put_text(char (&field)[N], const std::string& text) {
  std::copy_n(text.begin(), std::min(text.size(), N - 1), field);  // the parser has checked that it fits
}

manifest::Filter compile_predicate(const Path& file, const char* key, const At<std::string>& expression) {
  const CompiledFilter compiled = compile_filter(expression.value);
  if (!compiled.error.empty())
    bad_manifest(file, expression.line, fmt::format("{}: {}", key, compiled.error));
  manifest::Filter filter{};
  filter.length = static_cast<std::uint32_t>(compiled.code.size());
  std::copy(compiled.code.begin(), compiled.code.end(), filter.code);
  return filter;
}

manifest::Network compile_network(const Path& file, const NetworkSpec& spec) {
  manifest::Network network{};
  network.flags = manifest::kNetwork;
  if (spec.dhcp) network.flags |= manifest::kDhcp;
  if (spec.broadcast) network.flags |= manifest::kBroadcast;
  if (spec.shared) network.flags |= manifest::kShared;
  network.address = spec.address.value;
  network.prefix = spec.prefix;
  network.gateway = spec.gateway;
  network.port = spec.port;
  network.publish = spec.publish.value;
  if (spec.ip6) network.flags |= manifest::kIp6;
  network.prefix6 = spec.prefix6;
  std::copy(spec.address6.value.begin(), spec.address6.value.end(), network.address6);
  std::copy(spec.gateway6.begin(), spec.gateway6.end(), network.gateway6);
  network.receive = compile_predicate(file, "receive", spec.receive);
  network.send = compile_predicate(file, "send", spec.send);
  return network;
}

manifest::Extent compile_extent(const ExtentSpec& spec, const Placement& placement) {
  manifest::Extent extent{};
  extent.first = placement.offset / manifest::kExtentUnit;
  extent.count = placement.bytes / manifest::kExtentUnit;
  extent.rights = abi::kRead | (spec.writable ? abi::kWrite : 0u) |
                  (spec.managing ? abi::kCreate | abi::kControl | abi::kGrant : 0u);
  extent.content = !spec.site.value.empty()  ? manifest::kSite
                   : !spec.raw.value.empty() ? manifest::kRaw
                                             : manifest::kEmpty;
  return extent;
}

manifest::Env compile_env(const Path& file, const EnvSpec& spec, const Placement& placement) {
  manifest::Env env{};
  put_text(env.name, spec.name.value);
  put_text(env.program, spec.program.value);
  put_text(env.args, spec.args);
  env.frames = static_cast<std::uint32_t>(spec.memory.value / abi::kPageSize);
  env.borrow = static_cast<std::uint32_t>(spec.borrow / abi::kPageSize);
  env.start_after = spec.start_after;
  env.stop_within = spec.stop_within;
  env.instances = spec.instances.value > 1 ? spec.instances.value : 0;
  env.instance = spec.instance;
  env.capabilities = spec.capabilities;
  for (const SliceSpec& slice : spec.slices)
    env.slices[env.slice_claims++] = {slice.cpu, slice.count, slice.spread ? 1u : 0u, 0};
  env.idle = spec.idle;
  if (spec.extent) env.extent = compile_extent(*spec.extent, placement);
  if (spec.network) env.network = compile_network(file, *spec.network);
  return env;
}

// Root first, the others as they stand in the file.
std::vector<std::size_t> order_of(const Manifest& manifest) {
  std::vector<std::size_t> order;
  for (const bool is_root : {true, false})
    for (std::size_t i = 0; i < manifest.envs.size(); i++)
      if ((manifest.envs[i].name.value == "root") == is_root) order.push_back(i);
  return order;
}

// The numbers of those whose logs an environment reads; a name stands for all its instances.
void add_logs(const Manifest& manifest, const std::vector<std::size_t>& order, const EnvSpec& spec,
              manifest::Env& env) {
  env.log_frames = static_cast<std::uint32_t>(spec.log.value / abi::kPageSize);
  for (const At<std::string>& name : spec.logs)
    for (std::size_t i = 0; i < order.size(); i++)
      if (manifest.envs[order[i]].is_called(name.value))
        env.logs[env.log_count++] = static_cast<std::uint32_t>(i);
}

void append(ByteVector& bytes, const auto& record) {
  const std::size_t end = bytes.size();
  bytes.resize(end + sizeof record);
  std::memcpy(bytes.data() + end, &record, sizeof record);
}

// The misfit of the manifest on the machine that it describes itself, with its line.
void check_own_machine(const Manifest& manifest, const ByteVector& compiled) {
  const auto reader = manifest::Reader::open(compiled.data(), compiled.size());
  if (!reader.ok()) fail("{}: the compiled manifest is refused by its own reader", manifest.file.string());
  const std::uint64_t used = manifest.machine.use != 0 ? manifest.machine.use : manifest.machine.memory;
  const auto misfit = find_misfit(reader.value(), manifest.machine.cpus, used);
  if (!misfit) return;
  const auto env = std::find_if(manifest.envs.begin(), manifest.envs.end(),
                                [&](const EnvSpec& e) { return e.name.value == misfit->env; });
  if (misfit->claim < 0)
    bad_manifest(manifest.file, env->memory.line, misfit->what + "; ask for less, or raise [machine] memory");
  bad_manifest(manifest.file, env->slices[static_cast<std::size_t>(misfit->claim)].line,
               misfit->what + "; ask for fewer, or use another CPU");
}

std::optional<Misfit> memory_misfit(const manifest::Reader& compiled, std::uint64_t memory) {
  const std::uint64_t reserve = kKernelReserve + memory / abi::kPageSize * sizeof(abi::FrameEntry);
  std::uint64_t left = memory > reserve ? memory - reserve : 0;
  for (const manifest::Env& env : compiled.envs()) {
    const std::uint64_t wanted = std::uint64_t{env.frames} * abi::kPageSize;
    if (wanted > left)
      return Misfit{env.name, -1,
                    fmt::format("\"{}\" asks for {} and {}K are left of {} (the kernel keeps {}K)", env.name,
                                size_text(wanted), left / 1024, size_text(memory), reserve / 1024)};
    left -= wanted;
  }
  return std::nullopt;
}

std::optional<Misfit> slice_misfit(const manifest::Reader& compiled, std::uint32_t cpus) {
  std::array<std::uint32_t, abi::kMaxCpus> claimed{};
  for (const manifest::Env& env : compiled.envs()) {
    for (std::uint32_t i = 0; i < env.slice_claims; i++) {
      const std::uint32_t cpu = env.slices[i].cpu % cpus;
      const std::uint32_t left = abi::kSlicePositions - claimed[cpu];
      if (env.slices[i].count > left)
        return Misfit{
            env.name, static_cast<int>(i),
            fmt::format("\"{}\" claims {} slices of CPU {} and {} of {} are left on a machine of {} CPUs",
                        env.name, env.slices[i].count, cpu, left, abi::kSlicePositions, cpus)};
      claimed[cpu] += env.slices[i].count;
    }
  }
  return std::nullopt;
}

}  // namespace

ByteVector compile_manifest(const Manifest& manifest, const std::vector<Placement>& placements) {
  manifest::Header header{};
  header.magic = manifest::kMagic;
  header.version = manifest::kVersion;
  header.env_count = static_cast<std::uint32_t>(manifest.envs.size());
  header.bytes = sizeof header + header.env_count * sizeof(manifest::Env);
  header.memory = manifest.machine.memory;
  header.disk = manifest.machine.disk.value;
  header.cpus = manifest.machine.cpus;
  put_text(header.name, manifest.name);
  ByteVector bytes;
  append(bytes, header);
  const std::vector<std::size_t> order = order_of(manifest);
  for (const std::size_t i : order) {
    manifest::Env env = compile_env(manifest.file, manifest.envs[i], placements[i]);
    add_logs(manifest, order, manifest.envs[i], env);
    append(bytes, env);
  }
  check_own_machine(manifest, bytes);
  return bytes;
}

std::optional<Misfit> find_misfit(const manifest::Reader& compiled, std::uint32_t cpus,
                                  std::uint64_t memory) {
  auto misfit = memory_misfit(compiled, memory);
  return misfit ? misfit : slice_misfit(compiled, cpus);
}

}  // namespace exo
