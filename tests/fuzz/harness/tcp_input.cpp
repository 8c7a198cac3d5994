// SPDX-License-Identifier: MIT
// TCP against a peer that does what the fuzzer wants: what the application reads is what the peer sent, in
// order; what we send is what the application gave, with right checksums; references come back once and in
// order; at the end nothing is left in any pool.
// sources: libos/net/src/*.cpp libos/tcp/src/*.cpp libos/tcp/src/congestion/*.cpp
// seconds: 60
//
// Input: commands of the peer (segments near what is expected, or anywhere), of the application, and of time.
#include <cstring>
#include <deque>
#include <map>

#include "tcp/engine.hpp"
#include "wire.hpp"

namespace {

using namespace fuzz;

struct Policy : tcp::DefaultPolicy {
  static constexpr u32 kConnections = 4, kTimeWait = 2, kSendPieces = 24, kReceiveWindow = 8192,
                       kReceiveBlock = 512, kReceiveBlocks = 24, kSackRanges = 4;
};

constexpr u8 pattern(u32 place) { return static_cast<u8>(place * 7 + (place >> 8)); }

// What both sides send: made once, and compared and copied at a time. Byte by byte, and for each input anew,
// it took most of a run.
constexpr u32 kTurn = 1 << 16;     // then the pattern begins again
constexpr u32 kLongest = 1 << 14;  // run
const Bytes kPattern = [] {
  Bytes all(kTurn + kLongest);
  for (u32 i = 0; i < all.size(); i++) all[i] = pattern(i);
  return all;
}();
const u8* pattern_at(u32 place) { return kPattern.data() + place % kTurn; }
bool is_pattern(std::span<const u8> run, u32 place) {
  require(run.size() <= kLongest);
  return run.empty() || std::memcmp(run.data(), pattern_at(place), run.size()) == 0;
}

// All zero, as a program has them in the beginning, for each input again. Together they are much memory,
// which a heap would take from the system and give back each time.
net::Stack fresh_stack;
tcp::Engine<Policy> fresh_engine;
tcp::Storage<Policy> fresh_storage;
template <class T>
T& fresh(T& object) {
  static_assert(std::is_trivially_destructible_v<T>);
  std::memset(static_cast<void*>(&object), 0, sizeof object);
  return *new (&object) T{};
}

struct Known {  // what the application knows of a connection
  tcp::ConnectionId id;
  u16 port = 0;
  u32 next = 0;  // the peer's number of the next byte to read
  u32 queued = 0;
  u32 peer = 0;  // in the table of peers, once it is open
  std::deque<u64> tokens;
};

// What the peer knows of a connection.
struct Peer {
  u32 next = 0, ours = 0, iss = 0, ts = 0, edge = 0;
  bool iss_known = false;
  bool open = false;  // iss is its connection's: a cookie that was answered before has another
};

class Play {
 public:
  explicit Play(Reader& in) : in_(in) {
    stack_.start(net::link_to(wire_), kOurs, {kOur4, 24, {}});
    engine_.start(stack_, storage_, tcp::events_of(*this), {.key = {1, 2}, .keep_idle = 100 * tcp::kSecond});
    engine_.listen(80, 2);
    learn();
  }
  void run() {
    for (int i = 0; i < 200 && !in_.empty(); i++) step();
    in_ = Reader(nullptr, 0);
    reading_ = true;
    while (!known_.empty()) end(known_.begin()->first);
    engine_.stop_listening(80);
    for (int i = 0; i < 40; i++) pass(10 * tcp::kSecond);
    require(engine_.connections() == 0 && engine_.free_blocks() == Policy::kReceiveBlocks);
    require(engine_.free_pieces() == Policy::kSendPieces);
  }

  // tcp::Events
  void opened(u64, tcp::ConnectionId id, u16) {
    const auto* c = engine_.inspect(id);
    Known& k = known_[id.index];
    if (k.port == 0) k = {id, c->flow.remote_port, 0, 0, 0, {}};
    k.next = c->irs + 1;
    k.peer = u32{c->flow.remote_port} << 16 | c->flow.local_port;
    Peer& p = peers_[k.peer];
    p.iss = c->iss;
    p.iss_known = p.open = true;
  }
  void readable(u64, tcp::ConnectionId id) {
    if (reading_) read(known_.at(id.index), 1 << 20);
    if (in_.byte() % 64 == 1) end(id.index);
  }
  void released(u64, tcp::ConnectionId id, u64 token) {
    Known& k = known_.at(id.index);
    require(k.id == id && !k.tokens.empty() && k.tokens.front() == token);
    k.tokens.pop_front();
  }
  void closed(u64, tcp::ConnectionId id, tcp::Reason) {
    Known& k = known_.at(id.index);
    require(k.id == id && k.tokens.empty());
    forget(id.index);
  }

 private:
  void learn() {
    Bytes arp{0, 1, 8, 0, 6, 4, 0, 2};
    arp.insert(arp.end(), kTheirs.bytes, kTheirs.bytes + 6);
    put(arp, kTheir4.value, 4);
    arp.insert(arp.end(), kOurs.bytes, kOurs.bytes + 6);
    put(arp, kOur4.value, 4);
    stack_.input(now_, ethernet(0x0806, arp));
  }
  void read(Known& k, u32 most) {
    while (most > 0) {
      auto run = engine_.readable(k.id);
      if (run.empty()) return;
      if (run.size() > most) run = run.first(most);
      require(is_pattern(run, k.next));
      k.next += static_cast<u32>(run.size());
      most -= static_cast<u32>(run.size());
      engine_.consume(k.id, static_cast<u32>(run.size()));
    }
  }
  void close(tcp::ConnectionId id) {
    engine_.close(id);
    if (engine_.inspect(id) == nullptr) forget(id.index);  // nobody had answered
  }
  void forget(u32 index) {
    peers_[known_.at(index).peer].open = false;
    known_.erase(index);
  }
  void end(u32 index) {
    engine_.abort(known_.at(index).id);
    require(known_.at(index).tokens.empty());
    forget(index);
  }
  void pass(u64 time) {
    for (const u64 until = now_ + time;;) {
      const u64 next = engine_.poll(now_);
      require(next > now_);
      collect();
      if (next > until) {
        now_ = until;
        return;
      }
      now_ = next;
    }
  }

  // Looks at what was sent, as the peer.
  void collect() {
    for (const Bytes& frame : std::exchange(wire_.sent, {})) {
      if (frame[12] == 8 && frame[13] == 6) {
        learn();
        continue;
      }
      net::Received packet;
      packet.source = kOur4;
      packet.destination = kTheir4;
      packet.payload = std::span(frame).subspan(34);
      tcp::Segment s;
      require(tcp::read_segment(packet, s) == tcp::Malformed::No);
      Peer& p = peers_[u32{s.flow.local_port} << 16 | s.flow.remote_port];
      if (s.has(tcp::kRst)) continue;
      if (s.has(tcp::kSyn) && !p.open) {
        p.iss = s.sequence;
        p.iss_known = true;
      }
      if (s.options.timestamps) p.ts = s.options.ts_value;
      require(!p.iss_known || is_pattern(s.data, s.sequence - p.iss - 1));
      p.ours = s.end();
    }
  }

  void step() {
    const u8 what = in_.byte();
    if ((what & 0x80) != 0) {
      segment();
    } else {
      application(what);
    }
    if ((what & 0x40) == 0) {
      (void)engine_.poll(now_);
      collect();
    }
  }
  void application(u8 what) {
    if (what % 8 == 0) return pass(u64{in_.byte()} * in_.byte() * tcp::kMillisecond);
    if (what % 8 == 1) {
      reading_ = !reading_;
      return;
    }
    if (what % 8 == 2) {
      const auto id = engine_.connect(now_, kTheir4, static_cast<u16>(1000 + in_.byte() % 3));
      if (id) known_[id->index] = {*id, engine_.inspect(*id)->flow.remote_port, 0, 0, 0, {}};
      if (id) local_[engine_.inspect(*id)->flow.remote_port] = engine_.inspect(*id)->flow.local_port;
      return;
    }
    if (known_.empty()) return;
    Known& k = std::next(known_.begin(), in_.byte() % known_.size())->second;
    if (what % 8 == 3) return read(k, in_.half());
    if (what % 8 == 4) return close(k.id);
    if (what % 8 == 5 && in_.byte() % 8 == 0) return end(k.id.index);
    const u32 length = in_.half() % 6000;
    if (k.queued + length > kTurn) return;
    if (!engine_.send(k.id, {kPattern.data() + k.queued, length}, ++token_)) return;
    k.tokens.push_back(token_);
    k.queued += length;
  }

  // A number near one that matters, or any.
  u32 near(u32 n) {
    const u8 how = in_.byte();
    if (how < 160) return n;
    if (how < 200) return n + in_.byte();
    if (how < 240) return n - in_.byte();
    return how < 250 ? n + in_.half() : in_.word();
  }
  void segment() {
    const u16 port = static_cast<u16>(1000 + in_.byte() % 3);
    const u8 shape = in_.byte();
    const u16 to = shape & 32 && local_.contains(port) ? local_[port] : 80;
    Peer& p = peers_[u32{port} << 16 | to];
    tcp::SegmentHeader header;
    header.flags = shape & 0x80 ? in_.byte() & 0x3f : tcp::kAck;
    header.sequence = near(p.next);
    header.ack = near(p.ours);
    header.window = shape & 1 ? in_.half() : 0xffff;
    if ((shape & 2) != 0) {
      header.options.timestamps = true;
      header.options.ts_value = near(static_cast<u32>(now_ / tcp::kMillisecond));
      header.options.ts_echo = near(p.ts);
    }
    if ((shape & 4) != 0) header.options.sack[header.options.sack_count++] = {near(p.ours), near(p.ours)};
    if ((header.flags & tcp::kSyn) != 0) {
      header.options.mss = in_.half();
      header.options.sack_permitted = (shape & 4) != 0;
      if ((shape & 8) != 0) header.options.scale = in_.byte() % 16;
      header.options.sack_count = 0;
    }
    Bytes data(shape & 16 ? in_.half() % 1400 : 0);
    const u8* from = pattern_at(header.sequence + ((header.flags & tcp::kSyn) != 0 ? 1 : 0));
    std::copy(from, from + data.size(), data.begin());
    const tcp::Flow flow{kOur4, kTheir4, to, port};
    Bytes bytes(header.size());
    const net::Piece piece{data.data(), static_cast<u32>(data.size())};
    tcp::write_segment(flow, header, std::span(&piece, data.empty() ? 0 : 1), false, bytes.data());
    bytes.insert(bytes.end(), data.begin(), data.end());
    stack_.input(now_, ethernet(0x0800, ipv4(6, bytes)));
    const u32 end = header.sequence + static_cast<u32>(data.size()) + ((header.flags & 3) != 0 ? 1 : 0);
    if ((shape & 64) == 0) p.next = end;
  }

  Reader& in_;
  Wire wire_;
  net::Stack& stack_ = fresh(fresh_stack);
  tcp::Storage<Policy>& storage_ = fresh(fresh_storage);
  tcp::Engine<Policy>& engine_ = fresh(fresh_engine);
  std::map<u32, Known> known_;
  std::map<u32, Peer> peers_;  // by its port and ours
  std::map<u16, u16> local_;
  u64 now_ = 1000 * tcp::kSecond;
  u64 token_ = 0;
  bool reading_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
  Reader in(data, size);
  Play(in).run();
  return 0;
}
