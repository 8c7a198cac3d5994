// SPDX-License-Identifier: MIT
#include "libos/pack/host/writer.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "base/crc32.hpp"
#include "libos/pack/host/order.hpp"
#include "pack/reader.hpp"

namespace pack {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error(what); }

void check_paths(const std::vector<File>& files) {
  if (files.size() > kMaxFiles) refuse("more than " + std::to_string(kMaxFiles) + " files");
  for (std::size_t i = 0; i < files.size(); i++) {
    const std::string& path = files[i].path;
    if (path.size() > kMaxPath)
      refuse("'" + path + "': the path is longer than " + std::to_string(kMaxPath) + " bytes");
    if (i > 0 && files[i - 1].path == path) refuse("'" + path + "' is there twice");
  }
}

Entry make_entry(const File& file, u64& next_block, u64& next_run) {
  Entry entry{};
  std::memcpy(entry.path, file.path.data(), file.path.size());
  entry.path_length = static_cast<u32>(file.path.size());
  entry.length = file.bytes.size();
  entry.modified = file.modified;
  entry.crc = base::crc32(file.bytes.data(), file.bytes.size());
  if (file.bytes.empty()) return entry;
  entry.first_block = static_cast<u32>(next_block);
  entry.first_run = static_cast<u32>(next_run);
  next_block += file_blocks(file.bytes.size());
  next_run += file_runs(file.bytes.size());
  return entry;
}

// The checksums of a file's runs, which are in the pack already.
void write_sums(std::vector<u8>& pack, const Entry& entry, u64 sums_at) {
  const u64 end = entry.first_block + file_blocks(entry.length);
  u64 at = sums_at + u64{entry.first_run} * sizeof(u32);
  for (u64 block = entry.first_block; block < end; block += kRunBlocks, at += sizeof(u32)) {
    const u64 blocks = std::min<u64>(kRunBlocks, end - block);
    const u32 sum = base::crc32(pack.data() + block * kBlock, blocks * kBlock);
    std::memcpy(pack.data() + at, &sum, sizeof sum);
  }
}

// Files and their entries. The number of the first one + 1, 0 if all are empty.
u32 write_files(std::vector<u8>& pack, const std::vector<File>& files, const std::vector<std::size_t>& order,
                u64 directory_blocks, u64 sum_blocks) {
  u64 next = 1 + directory_blocks + sum_blocks, run = 0;
  u32 first = 0;
  Entry* last = nullptr;
  Entry* entries = reinterpret_cast<Entry*>(pack.data() + kBlock);
  for (const std::size_t i : order) {
    const u64 at = next * kBlock + kHeadroom;
    entries[i] = make_entry(files[i], next, run);
    if (files[i].bytes.empty()) continue;
    (last == nullptr ? first : last->next) = static_cast<u32>(i + 1);
    last = &entries[i];
    std::memcpy(pack.data() + at, files[i].bytes.data(), files[i].bytes.size());
    write_sums(pack, entries[i], (1 + directory_blocks) * kBlock);
  }
  return first;
}

Superblock make_superblock(const std::vector<u8>& pack, std::size_t files, u64 directory_blocks,
                           u64 sum_blocks, u32 first_file) {
  Superblock super{};
  super.magic = kMagic;
  super.version = kVersion;
  super.blocks = static_cast<u32>(pack.size() / kBlock);
  super.files = static_cast<u32>(files);
  super.directory_blocks = static_cast<u32>(directory_blocks);
  super.sum_blocks = static_cast<u32>(sum_blocks);
  super.first_file = first_file;
  const u64 content = (1 + directory_blocks) * kBlock;
  super.directory_crc = base::crc32(pack.data() + kBlock, directory_blocks * kBlock);
  super.content_crc = base::crc32(pack.data() + content, pack.size() - content);
  super.sums_crc = base::crc32(pack.data() + content, sum_blocks * kBlock);
  super.header_crc = base::crc32(reinterpret_cast<const u8*>(&super), offsetof(Superblock, header_crc));
  return super;
}

// The path of a regular file as the pack names it.
File read_file(const fs::path& root, const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse("'" + path.string() + "' cannot be read");
  File file;
  file.path = path.lexically_relative(root).generic_string();
  file.bytes.assign(std::istreambuf_iterator<char>(in), {});
  const auto changed = fs::last_write_time(path).time_since_epoch();
  const auto system = std::chrono::file_clock::to_sys(fs::file_time_type(changed)).time_since_epoch();
  file.modified = static_cast<u64>(std::chrono::duration_cast<std::chrono::seconds>(system).count());
  return file;
}

bool is_inside(const fs::path& root, const fs::path& path) {
  const auto relative = fs::canonical(path).lexically_relative(fs::canonical(root));
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

std::vector<u8> build(std::vector<File> files, u64 max_bytes) {
  std::string list;
  if (const auto at =
          std::find_if(files.begin(), files.end(), [](const File& f) { return f.path == kOrderFile; });
      at != files.end()) {
    list.assign(at->bytes.begin(), at->bytes.end());
    files.erase(at);
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  check_paths(files);
  const u64 directory_blocks = blocks_of(files.size() * sizeof(Entry));
  u64 runs = 0, content = 0;
  for (const File& file : files) {
    content += file_blocks(file.bytes.size());
    runs += file_runs(file.bytes.size());
  }
  const u64 sum_blocks = blocks_of(runs * sizeof(u32));
  const u64 blocks = 1 + directory_blocks + sum_blocks + content;
  if (blocks * kBlock > max_bytes)
    refuse("the files need " + std::to_string((blocks * kBlock + 1023) / 1024) + " KiB, more than the " +
           std::to_string(max_bytes / 1024) + " KiB there are");
  std::vector<u8> pack(blocks * kBlock);
  const u32 first = write_files(pack, files, order_of_use(files, list), directory_blocks, sum_blocks);
  const Superblock super = make_superblock(pack, files.size(), directory_blocks, sum_blocks, first);
  std::memcpy(pack.data(), &super, sizeof super);
  const Error error = check(pack);  // what the guest would refuse is refused here
  if (error != Error::None) refuse(std::string("a path is malformed (") + std::string(describe(error)) + ")");
  return pack;
}

std::vector<u8> build(const fs::path& folder, u64 max_bytes) {
  if (!fs::is_directory(folder)) refuse("'" + folder.string() + "' is not a folder");
  std::vector<File> files;
  for (auto it = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink);
       it != fs::recursive_directory_iterator(); ++it) {
    const fs::path& path = it->path();
    if (path.filename().string().front() == '.') {
      if (it->is_directory()) it.disable_recursion_pending();
      continue;
    }
    if (fs::is_symlink(it->symlink_status()) && !is_inside(folder, path))
      refuse("'" + path.string() + "' is a symbolic link that leads out of the folder");
    if (it->is_regular_file()) files.push_back(read_file(folder, path));
  }
  return build(std::move(files), max_bytes);
}

}  // namespace pack
