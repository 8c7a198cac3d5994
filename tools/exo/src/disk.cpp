// SPDX-License-Identifier: MIT
#include "disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>

#include "base/crc32.hpp"
#include "error.hpp"
#include "libos/pack/host/writer.hpp"
#include "process.hpp"
#include "size.hpp"

namespace exo {

namespace {

ByteVector pack_site(const Manifest& manifest, const ExtentSpec& extent) {
  try {
    return pack::build(manifest.folder() / extent.site.value, extent.bytes.value);
  } catch (const std::runtime_error& error) {
    bad_manifest(manifest.file, extent.site.line,
                 fmt::format("site \"{}\" ({} of extent): {}; correct the folder or the size",
                             extent.site.value.string(), size_text(extent.bytes.value), error.what()));
  }
}

ByteVector read_raw(const Manifest& manifest, const ExtentSpec& extent) {
  ByteVector bytes = read_file(manifest.folder() / extent.raw.value);
  if (bytes.size() > extent.bytes.value)
    bad_manifest(manifest.file, extent.raw.line,
                 fmt::format("\"{}\" has {} bytes and the extent {}; make the extent larger",
                             extent.raw.value.string(), bytes.size(), extent.bytes.value));
  return bytes;
}

// The file at `path` is `size` bytes long, holds `parts`, and no data anywhere else.
bool is_written(const Path& path, std::uint64_t size, const std::vector<DiskPart>& parts) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) != size || error) return false;
  const ByteVector now = read_file(path);
  std::uint64_t checked = 0;
  const auto zeros_until = [&](std::uint64_t end) {
    return std::all_of(now.begin() + static_cast<std::ptrdiff_t>(checked),
                       now.begin() + static_cast<std::ptrdiff_t>(end),
                       [](std::uint8_t byte) { return byte == 0; });
  };
  for (const DiskPart& part : parts) {
    if (!zeros_until(part.offset) || !std::equal(part.bytes.begin(), part.bytes.end(),
                                                 now.begin() + static_cast<std::ptrdiff_t>(part.offset)))
      return false;
    checked = part.offset + part.bytes.size();
  }
  return zeros_until(size);
}

void expect_checksum(const Path& path, const std::string& env, const char* part, std::uint32_t expected,
                     std::uint32_t found) {
  if (expected != found)
    bad_input(
        "{}: damaged: the checksum of {} of {}'s site is {:08x}, expected {:08x}; build it again with ./exo "
        "build",
        path.string(), part, env, found, expected);
}

void verify_site(const Path& path, const std::string& env, std::span<const std::uint8_t> extent) {
  pack::Superblock super;
  if (extent.size() < sizeof super)
    bad_input("{}: cut short; build it again with ./exo build", path.string());
  std::memcpy(&super, extent.data(), sizeof super);
  if (super.magic != pack::kMagic || super.version != pack::kVersion)
    bad_input("{}: no site where {} has one; build it again with ./exo build", path.string(), env);
  expect_checksum(path, env, "the superblock", super.header_crc,
                  base::crc32(extent.data(), __builtin_offsetof(pack::Superblock, header_crc)));
  const std::uint64_t directory = pack::kBlock;
  const std::uint64_t content = directory + std::uint64_t{super.directory_blocks} * pack::kBlock;
  const std::uint64_t end = std::uint64_t{super.blocks} * pack::kBlock;
  if (content > end || end > extent.size())
    bad_input("{}: {}'s site is cut short; build it again with ./exo build", path.string(), env);
  expect_checksum(path, env, "the directory", super.directory_crc,
                  base::crc32(extent.data() + directory, content - directory));
  expect_checksum(path, env, "the files", super.content_crc,
                  base::crc32(extent.data() + content, end - content));
}

}  // namespace

std::vector<DiskPart> load_content(const Manifest& manifest, const std::vector<Placement>& placements) {
  std::vector<DiskPart> parts;
  for (std::size_t i = 0; i < manifest.envs.size(); i++) {
    const auto& extent = manifest.envs[i].extent;
    if (!extent || manifest.envs[i].instance > 0) continue;
    if (!extent->site.value.empty()) parts.push_back({placements[i].offset, pack_site(manifest, *extent)});
    if (!extent->raw.value.empty()) parts.push_back({placements[i].offset, read_raw(manifest, *extent)});
  }
  std::sort(parts.begin(), parts.end(),
            [](const DiskPart& a, const DiskPart& b) { return a.offset < b.offset; });
  return parts;
}

bool write_disk(const Path& path, std::uint64_t size, const std::vector<DiskPart>& parts) {
  if (is_written(path, size, parts)) return false;
  const Path fresh = fmt::format("{}.{}.new", path.string(), ::getpid());
  const Handle file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  bool good = file.get() >= 0 && ::ftruncate(file.get(), static_cast<off_t>(size)) == 0;
  for (const DiskPart& part : parts)
    good = good && ::pwrite(file.get(), part.bytes.data(), part.bytes.size(),
                            static_cast<off_t>(part.offset)) == static_cast<ssize_t>(part.bytes.size());
  if (!good) fail("{}: cannot write it: {}", fresh.string(), std::strerror(errno));
  std::filesystem::rename(fresh, path);
  return true;
}

void verify_disk(const Path& path, const manifest::Reader& compiled) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    bad_input("{}: cannot read the disk: {}; name one with --disk", path.string(), std::strerror(errno));
  for (const manifest::Env& env : compiled.envs()) {
    if (env.extent.content != manifest::kSite) continue;
    ByteVector extent(env.extent.count * manifest::kExtentUnit);
    in.clear();
    in.seekg(static_cast<std::streamoff>(env.extent.first * manifest::kExtentUnit));
    in.read(reinterpret_cast<char*>(extent.data()), static_cast<std::streamsize>(extent.size()));
    extent.resize(static_cast<std::size_t>(in.gcount()));
    verify_site(path, env.name, extent);
  }
}

}  // namespace exo
