// SPDX-License-Identifier: MIT
// Compiled manifests: whatever open() takes can be used without further checks, as root does.
// sources: libos/manifest/src/reader.cpp
//
// Input: a compiled manifest. It is tried as it is, and again with magic, version and length mended.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "manifest/reader.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <std::size_t Size>
void check_text(const char (&text)[Size]) {
  require(std::memchr(text, 0, Size) != nullptr);
}

void check_filter(const manifest::Filter& filter) { require(filter.length <= abi::kMaxFilterInsns); }

void use(const manifest::Reader& reader) {
  require(!reader.envs().empty() && reader.envs().size() <= manifest::kMaxEnvs);
  for (const manifest::Env& env : reader.envs()) {
    check_text(env.name);
    check_text(env.program);
    check_text(env.args);
    require(env.slice_claims <= manifest::kMaxSliceClaims);
    for (abi::u32 i = 0; i < env.slice_claims; i++) require(env.slices[i].count <= abi::kSlicePositions);
    require(env.extent.first <= ~0ul - env.extent.count);
    check_filter(env.network.receive);
    check_filter(env.network.send);
    require(reader.find(env.name) == &env);
  }
}

void try_open(const std::vector<std::uint64_t>& memory, std::size_t size) {
  const auto reader = manifest::Reader::open(memory.data(), size);
  if (reader.ok()) use(reader.value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint64_t> memory(size / 8 + 1);
  std::memcpy(memory.data(), data, size);
  try_open(memory, size);
  if (size < sizeof(manifest::Header)) return 0;
  auto& header = *reinterpret_cast<manifest::Header*>(memory.data());
  header.magic = manifest::kMagic;
  header.version = manifest::kVersion;
  header.env_count = static_cast<abi::u32>((size - sizeof header) / sizeof(manifest::Env));
  header.bytes = sizeof header + header.env_count * sizeof(manifest::Env);
  try_open(memory, header.bytes);
  return 0;
}
