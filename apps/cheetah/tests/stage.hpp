// SPDX-License-Identifier: MIT
// What a test plays for the server: connections that are strings, and a disk that reads when it is told to.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "apps/cheetah/server.hpp"
#include "libos/pack/host/writer.hpp"

namespace cheetah_test {

using namespace cheetah;

class StageDisk {
 public:
  explicit StageDisk(std::vector<pack::File> files)
      : pack_(pack::build(std::move(files), 1 << 24)), memory_(pack_) {
    EXPECT_EQ(pack::read_superblock(pack_, pack_.size() / pack::kBlock, superblock_), pack::Error::None);
    EXPECT_EQ(directory_.open(superblock_, std::span(pack_).subspan(pack::kBlock)), pack::Error::None);
    const u64 at = (u64{1} + superblock_.directory_blocks) * pack::kBlock;
    EXPECT_EQ(sums_.open(superblock_, std::span(pack_).subspan(at)), pack::Error::None);
  }
  u8* page(u64 block) { return memory_.data() + block * pack::kBlock; }
  Began begin(u32 run, u64 block, u32 blocks) {
    if (broken) return Began::Failed;
    asked.push_back({run, block, blocks});
    return Began::Yes;
  }
  void drop(u64 block, u32 blocks) {
    std::fill_n(memory_.begin() + static_cast<long>(block * pack::kBlock), blocks * u64{pack::kBlock}, 0xdd);
    dropped++;
  }

  struct Asked {
    u32 run;
    u64 block;
    u32 blocks;
  };
  std::deque<Asked> asked;
  bool broken = false;
  u32 dropped = 0;
  std::vector<u8> pack_, memory_;  // on the disk; in the machine
  pack::Superblock superblock_;
  pack::Directory directory_;
  pack::Sums sums_;
};

class StageTransport {
 public:
  static constexpr u32 kSlots = 8;
  struct Connection {
    Exchange exchange = {};
    std::string in, out;  // to be read; handed over
    std::deque<u64> tokens;
    bool finished = false, closed = false, aborted = false;
    u32 window = 0;
  };
  std::span<const u8> readable(u32 slot) {
    return {reinterpret_cast<const u8*>(at[slot].in.data()), at[slot].in.size()};
  }
  void consume(u32 slot, u32 count) { at[slot].in.erase(0, count); }
  bool finished(u32 slot) { return at[slot].finished && at[slot].in.empty(); }
  bool send(u32 slot, const net::Piece& piece, u64 token) {
    if (at[slot].tokens.size() == kMostPieces || at[slot].closed) return false;
    at[slot].out.append(reinterpret_cast<const char*>(piece.data), piece.length);
    at[slot].tokens.push_back(token);
    check_sums(piece);
    return true;
  }
  u32 window(u32 slot) const { return at[slot].window; }
  void close(u32 slot) { at[slot].closed = true; }
  void abort(u32 slot) { at[slot].aborted = true; }
  Exchange& exchange(u32 slot) { return at[slot].exchange; }
  u32 slots() const { return kSlots; }
  Peer from(u32) const { return {net::IpAddress(net::Address{0x0a000001}), 1234}; }
  bool quiet() const { return is_quiet; }

  Connection at[kSlots];
  bool is_quiet = true;

 private:
  // The checksum with what is kept is the one without.
  static void check_sums(const net::Piece& piece) {
    net::Checksum kept, plain;
    kept.add(piece);
    plain.add(std::span(piece.data, piece.length));
    EXPECT_EQ(kept.finish(), plain.finish());
  }
};

// A server with a site, and what a client of it does.
class Stage {
 public:
  static constexpr u32 kParsers = 2, kBuffers = 4;
  using StageServer = Server<StageTransport, StageDisk, kParsers, kBuffers>;

  explicit Stage(std::vector<pack::File> files, u64 budget = 64) : disk(std::move(files)) {
    runs.resize(disk.directory_.runs() + 1);
    marks.resize(disk.directory_.size() + 1);
    kept.resize(disk.superblock_.blocks * kSumsPerBlock);
    store.start(disk, disk.directory_, disk.sums_, runs, marks, kept.data(), budget);
    server->start(transport, store, {parsers.data(), buffers.data(), places}, options, 1'000'000'000);
  }
  void open(u32 slot) {
    transport.at[slot] = {};
    server->opened(now, slot);
  }
  void say(u32 slot, const std::string& text) {
    transport.at[slot].in += text;
    server->readable(now, slot);
  }
  // The disk does what it was asked for.
  void read_disk(bool ok = true) {
    while (!disk.asked.empty()) {
      const StageDisk::Asked a = disk.asked.front();
      disk.asked.pop_front();
      const long from = static_cast<long>(a.block * pack::kBlock), bytes = a.blocks * long{pack::kBlock};
      std::copy_n(disk.pack_.begin() + from, bytes, disk.memory_.begin() + from);
      store.cache().finished(a.run, ok);
    }
    server->poll(now);
  }
  // The peer has the first pieces that were sent, or all of them.
  void take(u32 slot, u64 most = ~0ul) {
    auto& tokens = transport.at[slot].tokens;
    for (u64 count = std::min<u64>(tokens.size(), most); count > 0; count--) {
      const u64 token = tokens.front();
      tokens.pop_front();
      server->released(now, slot, token);
    }
  }
  // Until nothing more comes.
  void finish(u32 slot) {
    for (int i = 0; i < 1000; i++) {
      read_disk();
      for (u32 other = 0; other < StageTransport::kSlots; other++) take(other);
      if (disk.asked.empty() && transport.at[slot].exchange.phase == Phase::Reading) return;
    }
  }
  // The same of one alone; what came since the last call.
  std::string all(u32 slot) {
    for (int i = 0; i < 1000 && (!disk.asked.empty() || !transport.at[slot].tokens.empty()); i++) {
      read_disk();
      take(slot);
    }
    return std::exchange(transport.at[slot].out, {});
  }
  std::string ask(u32 slot, const std::string& target, const std::string& fields = "") {
    say(slot, "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    return all(slot);
  }

  u64 now = 5'000'000'000;
  StageDisk disk;
  StageTransport transport;
  Options options;
  Store<StageDisk> store;
  std::vector<Run> runs;
  std::vector<u8> marks;
  std::vector<u16> kept;
  std::vector<http::Parser> parsers{kParsers + 1};
  std::vector<Buffer> buffers{kBuffers};
  std::vector<AddressPlace> places{2 * StageTransport::kSlots};
  std::unique_ptr<StageServer> server = std::make_unique<StageServer>();
};

inline std::vector<u8> noise(std::size_t count, unsigned seed) {
  std::vector<u8> bytes(count);
  for (auto& b : bytes) b = static_cast<u8>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}
inline std::vector<u8> text(const char* s) { return {s, s + std::char_traits<char>::length(s)}; }
inline std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}
inline std::string as_string(const std::vector<u8>& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace cheetah_test
