// SPDX-License-Identifier: MIT
// A manifest to the binary form that the root environment reads (manifest/format.hpp), and whether
// a machine has what it asks for.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "layout.hpp"
#include "manifest.hpp"
#include "manifest/reader.hpp"

namespace exo {

// What the kernel keeps for itself at most, beside its tables of frames: its own image, the boot
// archive and the ledger. An environment can never get these.
inline constexpr std::uint64_t kKernelReserve = 16ull << 20;

// The root environment first, the others in the manifest's order. Throws Error if a predicate is
// wrong, or if the manifest's own machine does not have what its environments ask for.
ByteVector compile_manifest(const Manifest& manifest, const std::vector<Placement>& placements);

// What of a compiled manifest does not fit a machine.
struct Misfit {
  std::string env;   // the first environment that asks for more than is left
  int claim = -1;    // which of its slice claims; -1: its memory
  std::string what;  // what is wrong
};

// Nothing if the machine can hold it all.
std::optional<Misfit> find_misfit(const manifest::Reader& compiled, std::uint32_t cpus, std::uint64_t memory);

}  // namespace exo
