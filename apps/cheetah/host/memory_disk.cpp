// SPDX-License-Identifier: MIT
#include "apps/cheetah/host/memory_disk.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "libos/pack/host/writer.hpp"

namespace cheetah {

void MemoryDisk::build(const std::string& folder) {
  built_ = pack::build(std::filesystem::path(folder), u64{1} << 34);
  base_ = built_.data();
  open(built_.size());
}

void MemoryDisk::map(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info = {};
  if (fd < 0 || ::fstat(fd, &info) != 0) throw std::runtime_error(file + ": " + std::strerror(errno));
  const auto bytes = static_cast<u64>(info.st_size);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) throw std::runtime_error(file + ": " + std::strerror(errno));
  base_ = static_cast<u8*>(memory);
  open(bytes);
}

void MemoryDisk::open(u64 bytes) {
  const std::span<const u8> all(base_, bytes);
  const auto require = [](pack::Error error) {
    if (error != pack::Error::None)
      throw std::runtime_error("the pack: " + std::string(pack::describe(error)));
  };
  require(pack::check(all));
  require(pack::read_superblock(all, bytes / pack::kBlock, superblock_));
  require(directory_.open(superblock_, all.subspan(pack::kBlock)));
  require(sums_.open(superblock_, all.subspan((u64{1} + superblock_.directory_blocks) * pack::kBlock)));
}

}  // namespace cheetah
