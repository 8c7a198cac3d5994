// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "error.hpp"

namespace exo {

ByteVector read_file(const Path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path))
    bad_input("{}: cannot read it: {}", path.string(), in ? "it is a folder" : std::strerror(errno));
  return ByteVector(std::istreambuf_iterator<char>(in), {});
}

std::string read_text(const Path& path) {
  const ByteVector bytes = read_file(path);
  return std::string(bytes.begin(), bytes.end());
}

namespace {

bool holds(const Path& path, std::span<const std::uint8_t> bytes) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) != bytes.size() || error) return false;
  const ByteVector old = read_file(path);
  return std::equal(old.begin(), old.end(), bytes.begin(), bytes.end());
}

void write_and_rename(const Path& path, const char* data, std::size_t size) {
  const Path fresh = fmt::format("{}.{}.new", path.string(), ::getpid());
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out.write(data, static_cast<std::streamsize>(size));
  out.close();
  if (!out) fail("{}: cannot write it: {}", fresh.string(), std::strerror(errno));
  std::filesystem::rename(fresh, path);
}

}  // namespace

bool write_if_changed(const Path& path, std::span<const std::uint8_t> bytes) {
  if (holds(path, bytes)) return false;
  write_and_rename(path, reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return true;
}

void write_text(const Path& path, std::string_view text) { write_and_rename(path, text.data(), text.size()); }

ScratchFolder::ScratchFolder() {
  char name[] = "/tmp/exo-XXXXXX";
  if (::mkdtemp(name) == nullptr) fail("/tmp: cannot make a folder in it");
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace exo
