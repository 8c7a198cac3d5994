// SPDX-License-Identifier: MIT
#include "capture.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "error.hpp"
#include "qemu.hpp"

namespace exo {

namespace {

constexpr std::size_t kFileHeader = 24, kRecordHeader = 16;  // of the older pcap format
constexpr std::size_t kExchanged = 12;                       // virtio_net_hdr with num_buffers
constexpr std::size_t kEthernet = 14, kSource = 6, kType = 12;
constexpr std::uint32_t kInbound = 1, kOutbound = 2;  // epb_flags

std::uint32_t word(const ByteVector& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// An Ethernet type that somebody here speaks, at `at`.
bool is_type(const ByteVector& frame, std::size_t at) {
  if (frame.size() < at + 2) return false;
  const int type = frame[at] << 8 | frame[at + 1];
  return type == 0x0800 || type == 0x0806 || type == 0x86dd;
}

// By what most frames look like.
bool has_exchanged(const std::vector<Carried>& frames) {
  const auto count = [&](std::size_t at) {
    return std::count_if(frames.begin(), frames.end(),
                         [&](const Carried& f) { return is_type(f.bytes, at); });
  };
  return count(kExchanged + kType) > count(kType);
}

bool accepts(const manifest::Filter& filter, const Carried& frame, std::size_t shown) {
  if (filter.length == 0) return false;
  std::vector<bpf_insn> code;
  for (std::uint32_t i = 0; i < filter.length; i++)
    code.push_back({filter.code[i].code, filter.code[i].jt, filter.code[i].jf, filter.code[i].k});
  const auto captured = static_cast<unsigned>(std::min(shown, frame.bytes.size()));
  return bpf_filter(code.data(), frame.bytes.data(), frame.length, captured) != 0;
}

// A file of pcapng blocks: each has its length at both ends, in whole words.
class Blocks {
 public:
  void begin(std::uint32_t type) {
    start_ = bytes.size();
    put32(type);
    put32(0);
  }
  void end() {
    const auto length = static_cast<std::uint32_t>(bytes.size() + 4 - start_);
    put32(length);
    std::memcpy(bytes.data() + start_ + 4, &length, sizeof length);
  }
  void put16(std::uint16_t value) { put(&value, sizeof value); }
  void put32(std::uint32_t value) { put(&value, sizeof value); }
  void put(const void* from, std::size_t size) {
    const auto* p = static_cast<const std::uint8_t*>(from);
    bytes.insert(bytes.end(), p, p + size);
  }
  void pad() { bytes.resize((bytes.size() + 3) / 4 * 4); }
  void option(std::uint16_t code, const void* from, std::size_t size) {
    put16(code);
    put16(static_cast<std::uint16_t>(size));
    put(from, size);
    pad();
  }
  void end_of_options() { put32(0); }
  ByteVector bytes;

 private:
  std::size_t start_ = 0;
};

void put_section(Blocks& out) {
  out.begin(0x0a0d0d0a);
  out.put32(0x1a2b3c4d);
  out.put16(1);
  out.put16(0);
  out.put32(0xffffffff);  // the section's length is not said
  out.put32(0xffffffff);
  out.end();
}

void put_interface(Blocks& out, const std::string& name) {
  out.begin(1);
  out.put16(1);  // LINKTYPE_ETHERNET
  out.put16(0);
  out.put32(0);  // no limit
  out.option(2, name.data(), name.size());
  out.end_of_options();
  out.end();
}

void put_frame(Blocks& out, const Carried& frame, std::size_t interface, bool sent) {
  out.begin(6);
  out.put32(static_cast<std::uint32_t>(interface));
  out.put32(static_cast<std::uint32_t>(frame.microseconds >> 32));
  out.put32(static_cast<std::uint32_t>(frame.microseconds));
  out.put32(static_cast<std::uint32_t>(frame.bytes.size()));
  out.put32(frame.length);
  out.put(frame.bytes.data(), frame.bytes.size());
  out.pad();
  const std::uint32_t direction = sent ? kOutbound : kInbound;
  out.option(2, &direction, sizeof direction);
  out.end_of_options();
  out.end();
}

}  // namespace

Capture plan_capture(const Path& file, const manifest::Reader& compiled) {
  Capture capture{std::filesystem::absolute(file), {}};
  if (!std::ofstream(capture.file) || !std::ofstream(capture.raw()))
    bad_input("--pcap {}: cannot be written; name another file", file.string());
  for (const manifest::Env& env : compiled.envs())
    if ((env.network.flags & manifest::kNetwork) != 0)
      capture.envs.push_back({env.name, env.network.receive, env.network.send});
  return capture;
}

std::vector<Carried> read_dump(const ByteVector& dump) {
  std::vector<Carried> frames;
  for (std::size_t at = kFileHeader; at + kRecordHeader <= dump.size();) {
    const std::uint32_t kept = word(dump, at + 8);
    if (kept > dump.size() - at - kRecordHeader) break;
    const auto* from = dump.data() + at + kRecordHeader;
    frames.push_back(
        {word(dump, at) * 1000000ull + word(dump, at + 4), word(dump, at + 12), {from, from + kept}});
    at += kRecordHeader + kept;
  }
  if (!has_exchanged(frames)) return frames;
  for (Carried& frame : frames) {
    const std::size_t off = std::min(kExchanged, frame.bytes.size());
    frame.bytes.erase(frame.bytes.begin(), frame.bytes.begin() + static_cast<std::ptrdiff_t>(off));
    frame.length -= static_cast<std::uint32_t>(off);
  }
  return frames;
}

Owners owners_of(const Carried& frame, const std::vector<Watched>& envs) {
  Owners owners;
  if (frame.bytes.size() < kEthernet) return owners;
  owners.sent = std::memcmp(frame.bytes.data() + kSource, kMacBytes, sizeof kMacBytes) == 0;
  const bool to_all = (frame.bytes[0] & 1) != 0;
  for (std::size_t i = 0; i < envs.size(); i++) {
    const bool its = owners.sent ? accepts(envs[i].send, frame, abi::kEgressBytes)
                                 : accepts(envs[i].receive, frame, frame.bytes.size());
    if (its) owners.envs.push_back(i);
    if (its && (owners.sent || !to_all)) break;
  }
  return owners;
}

ByteVector split_capture(const ByteVector& dump, const std::vector<Watched>& envs) {
  Blocks out;
  put_section(out);
  for (const Watched& env : envs) put_interface(out, env.name);
  put_interface(out, "nobody");
  for (const Carried& frame : read_dump(dump)) {
    const Owners owners = owners_of(frame, envs);
    for (const std::size_t env : owners.envs) put_frame(out, frame, env, owners.sent);
    if (owners.envs.empty()) put_frame(out, frame, envs.size(), owners.sent);
  }
  return out.bytes;
}

std::string finish_capture(const Capture& capture) {
  if (capture.file.empty()) return "";
  try {
    const ByteVector bytes = split_capture(read_file(capture.raw()), capture.envs);
    std::ofstream out(capture.file, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) return fmt::format("--pcap {}: cannot be written", capture.file.string());
    std::filesystem::remove(capture.raw());
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace exo
