// SPDX-License-Identifier: MIT
// The disk image of a manifest: a raw sparse file with the content of every extent where the
// layout puts it, and zeros elsewhere.
#pragma once
#include <vector>

#include "layout.hpp"
#include "manifest.hpp"
#include "manifest/reader.hpp"

namespace exo {

struct DiskPart {
  std::uint64_t offset = 0;  // bytes from the start of the disk
  ByteVector bytes;
};

// Packs the sites and reads the raw files. Throws Error at the manifest's line if one does not fit.
std::vector<DiskPart> load_content(const Manifest& manifest, const std::vector<Placement>& placements);

// Writes `path` unless it holds exactly that already. True if it was written.
bool write_disk(const Path& path, std::uint64_t size, const std::vector<DiskPart>& parts);

// Checks the sites on a disk against their checksums, where `compiled` says that there are some.
// Throws Error (bad input) naming both checksums.
void verify_disk(const Path& path, const manifest::Reader& compiled);

}  // namespace exo
