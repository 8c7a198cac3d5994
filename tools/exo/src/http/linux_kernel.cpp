// SPDX-License-Identifier: MIT
// The uncompressed kernel out of Debian's package.
#include <cstring>

#include "command.hpp"
#include "error.hpp"
#include "linux_guest.hpp"

namespace exo {

namespace {

constexpr std::size_t kSectorsAt = 0x1f1;
constexpr std::size_t kMagicAt = 0x202;
constexpr std::size_t kPayloadAt = 0x248;  // offset, then length
constexpr std::size_t kSector = 512;

std::uint32_t word_at(const ByteVector& bytes, std::size_t at) {
  std::uint32_t word;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

}  // namespace

ByteVector kernel_payload(const ByteVector& image) {
  if (image.size() < kPayloadAt + 8 || std::memcmp(image.data() + kMagicAt, "HdrS", 4) != 0)
    fail("not a Linux bzImage");
  const std::size_t sectors = image[kSectorsAt] == 0 ? 4 : image[kSectorsAt];
  const std::size_t start = (sectors + 1) * kSector + word_at(image, kPayloadAt);
  const std::size_t size = word_at(image, kPayloadAt + 4);
  if (start > image.size() || size > image.size() - start) fail("a bzImage that is cut off");
  const auto from = image.begin() + static_cast<std::ptrdiff_t>(start);
  return ByteVector(from, from + static_cast<std::ptrdiff_t>(size));
}

Path uncompressed_kernel(const Path& package) {
  Path kernel = package / "vmlinux";
  if (std::filesystem::exists(kernel)) return kernel;
  Path image;
  for (const auto& entry : std::filesystem::directory_iterator(package / "boot"))
    if (entry.path().filename().string().starts_with("vmlinuz")) image = entry.path();
  if (image.empty()) fail("{}: no kernel in it", package.string());
  const Path compressed = package / "vmlinux.xz.part";
  write_if_changed(compressed, kernel_payload(read_file(image)));
  // The payload ends with its size, which is not part of the stream.
  const std::string command =
      fmt::format("xz -dc --single-stream --format=xz '{}' > '{}.new'", compressed.string(), kernel.string());
  const CommandResult result = run_quietly({"sh", "-c", command});
  const Path fresh = kernel.string() + ".new";
  if (read_file(fresh).size() < read_file(compressed).size())
    fail("{}: cannot be decompressed: {}", image.string(), result.output);
  std::filesystem::remove(compressed);
  std::filesystem::rename(fresh, kernel);
  return kernel;
}

}  // namespace exo
