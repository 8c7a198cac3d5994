// SPDX-License-Identifier: MIT
#include "layout.hpp"

#include <fmt/format.h>

#include "manifest/format.hpp"
#include "size.hpp"

namespace exo {

namespace {

class Layout {
 public:
  explicit Layout(const Manifest& manifest) : manifest_(manifest), placements_(manifest.envs.size()) {}

  // An instance has the blocks of the one before it.
  void share(std::size_t env) { placements_[env] = placements_[env - 1]; }

  void place(std::size_t env, std::uint64_t offset) {
    const ExtentSpec& extent = *manifest_.envs[env].extent;
    const int line = extent.offset ? extent.offset->line : extent.bytes.line;
    if (offset < manifest::kFirstExtent)
      bad_manifest(manifest_.file, line,
                   "the first 1M of the disk belongs to nobody; write offset = \"1M\" or more");
    const std::uint64_t disk = manifest_.machine.disk.value;
    if (offset > disk || extent.bytes.value > disk - offset)
      bad_manifest(
          manifest_.file, line,
          fmt::format("{} at {} do not fit the disk of {}; make it smaller, or [machine] disk larger",
                      size_text(extent.bytes.value), size_text(offset), size_text(disk)));
    if (const std::size_t other = overlapping(offset, extent.bytes.value); other != placements_.size())
      bad_manifest(manifest_.file, line,
                   fmt::format("overlaps the extent of \"{}\"; move one or remove the offset",
                               manifest_.envs[other].name.value));
    placements_[env] = {offset, extent.bytes.value};
  }

  std::uint64_t first_gap(std::uint64_t bytes) const {
    std::uint64_t offset = manifest::kFirstExtent;
    for (std::size_t other; (other = overlapping(offset, bytes)) != placements_.size();)
      offset = placements_[other].offset + placements_[other].bytes;
    return offset;
  }

  const std::vector<Placement>& placements() const { return placements_; }

 private:
  // The environment whose extent overlaps, placements_.size() if there is none.
  std::size_t overlapping(std::uint64_t offset, std::uint64_t bytes) const {
    std::size_t i = 0;
    while (i < placements_.size() && (placements_[i].offset >= offset + bytes ||
                                      offset >= placements_[i].offset + placements_[i].bytes))
      i++;
    return i;
  }

  const Manifest& manifest_;
  std::vector<Placement> placements_;
};

}  // namespace

std::vector<Placement> lay_out(const Manifest& manifest) {
  Layout layout(manifest);
  for (const bool fixed : {true, false}) {
    for (std::size_t i = 0; i < manifest.envs.size(); i++) {
      const auto& extent = manifest.envs[i].extent;
      if (!extent || extent->offset.has_value() != fixed) continue;
      if (manifest.envs[i].instance > 0) {
        layout.share(i);
        continue;
      }
      layout.place(i, fixed ? extent->offset->value : layout.first_gap(extent->bytes.value));
    }
  }
  return layout.placements();
}

}  // namespace exo
