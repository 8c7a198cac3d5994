// SPDX-License-Identifier: MIT
#include "stage.hpp"

#include <stdexcept>

namespace tcp::test {
namespace {

struct ScriptPolicy : DefaultPolicy {
  static constexpr u32 kConnections = 8, kTimeWait = 4, kSendPieces = 64, kReceiveBlocks = 16;
};
struct NewRenoPolicy : ScriptPolicy {
  using Congestion = NewReno;
};
struct NaglePolicy : ScriptPolicy {
  static constexpr bool kNagle = true;
};
struct PlainPolicy : ScriptPolicy {
  using Congestion = NewReno;
  static constexpr bool kTimestamps = false, kWindowScale = false, kSack = false, kSynCookies = false;
};
struct WidePolicy : ScriptPolicy {
  static constexpr u32 kReceiveWindow = 1 << 20, kReceiveBlocks = 600;
};
struct TightPolicy : ScriptPolicy {
  static constexpr u32 kConnections = 2, kReceiveWindow = 4096, kReceiveBlocks = 4;
};

// A card that may complete checksums and cut segments, as virtio-net does.
class Card {
 public:
  Card(bool checksum, u32 segment_bytes) : features_{checksum, segment_bytes} {}
  net::Features features() const { return features_; }
  u8* take(u32 size) { return wire_.take(size); }
  void give_back(u8* buffer) { wire_.give_back(buffer); }
  bool send(u8* buffer, u32 length, std::span<const net::Piece> pieces, const net::Offload& offload) {
    return net::test::send_offloaded(wire_, buffer, length, pieces, offload);
  }
  std::vector<Bytes> frames() { return wire_.frames(); }

 private:
  net::test::LinkDouble wire_;
  net::Features features_;
};

template <class Policy>
class PolicyStage : public Stage {
 public:
  PolicyStage(u64 now, const StageSettings& settings)
      : card_(settings.checksum_by_card, settings.segment_bytes) {
    v6 = settings.v6;
    stack_.start(net::link_to(card_), kOurMac, {kOurAddress, 24, {}});
    if (v6) {
      stack_.start_v6(now - 2 * kSecond, kOurAddress6, 64);
      stack_.poll(now - kSecond);
    }
    know_peer(now);
    engine_.start(stack_, *storage_, events_of(*this), settings.tcp);
    (void)card_.frames();
  }

  u64 poll(u64 now) override {
    u64 next = 0;
    do next = std::min(engine_.poll(now), stack_.poll(now));
    while (collect(now));
    return next;
  }
  void frame(u64 now, const Bytes& bytes) override {
    stack_.input(now, bytes);
    (void)collect(now);
  }
  bool listen(u16 port, u32 backlog) override { return engine_.listen(port, backlog); }
  void stop_listening(u16 port) override { engine_.stop_listening(port); }
  u16 connect(u64 now, u16 port) override {
    const net::IpAddress to = v6 ? net::IpAddress(kTheirAddress6) : net::IpAddress(kTheirAddress);
    const auto id = engine_.connect(now, to, port);
    if (!id) return 0;
    connections[port].id = *id;
    connections[port].known = true;
    return engine_.inspect(*id)->flow.local_port;
  }
  bool send(u16 port, u32 length) override {
    StageConnection& c = connections.at(port);
    Bytes& bytes = kept_.emplace_back(length);
    for (u32 i = 0; i < length; i++) bytes[i] = byte_at(c.queued + i);
    // Sums are kept with every other piece: both ways must give the same packets.
    std::vector<u16>& sums = sums_.emplace_back(net::sums_of(length));
    net::make_sums(bytes, sums.data());
    net::Piece piece{bytes.data(), length};
    if (kept_.size() % 2 == 0) piece = {bytes.data(), length, sums.data(), bytes.data()};
    if (!engine_.send(c.id, piece, kept_.size())) return false;
    c.queued += length;
    c.held++;
    return true;
  }
  void read(u16 port, u32 most) override {
    StageConnection& c = connections.at(port);
    while (most > 0) {
      auto run = engine_.readable(c.id);
      if (run.empty()) break;
      run = run.first(std::min<u64>(run.size(), most));
      for (const u8 b : run) c.wrong += b != byte_at(c.first + c.received++) ? 1 : 0;
      most -= static_cast<u32>(run.size());
      engine_.consume(c.id, static_cast<u32>(run.size()));
    }
  }
  void close(u16 port) override { engine_.close(connections.at(port).id); }
  void abort(u16 port) override {
    connections.at(port).known = false;
    engine_.abort(connections.at(port).id);
  }
  u64 value(u16 port, const std::string& name) override;
  std::string state(u16 port) override {
    static constexpr const char* kNames[] = {"closed",     "syn-sent",   "syn-received", "established",
                                             "fin-wait-1", "fin-wait-2", "close-wait",   "closing",
                                             "last-ack",   "time-wait"};
    const auto* c = engine_.inspect(connections.at(port).id);
    return kNames[static_cast<int>(c == nullptr ? State::Closed : c->state)];
  }

  // tcp::Events
  void opened(u64, ConnectionId id, u16) {
    const auto* c = engine_.inspect(id);
    StageConnection& mine = connections[c->flow.remote_port];
    mine.id = id;
    mine.known = true;
    mine.first = c->irs + 1;
    events.emplace_back("opened");
  }
  void readable(u64, ConnectionId id) {
    const u16 port = port_of(id);
    if (reading) read(port, ~0u);
    if (close_when_finished && engine_.finished(id)) engine_.close(id);
  }
  void released(u64, ConnectionId id, u64) { connections.at(port_of(id)).held--; }
  void closed(u64, ConnectionId id, Reason reason) {
    connections.at(port_of(id)).known = false;
    events.emplace_back(reason == Reason::Finished ? "closed finished"
                        : reason == Reason::Reset  ? "closed reset"
                                                   : "closed timeout");
  }

 private:
  u16 port_of(ConnectionId id) {
    for (const auto& [port, c] : connections)
      if (c.id == id) return port;
    throw std::runtime_error("an event of a connection that nobody knows");
  }

  // Takes what was sent; questions for the peer's station are answered. Whether there were any.
  bool collect(u64 now) {
    bool asked = false;
    for (Bytes& bytes : card_.frames()) {
      const u16 type = net::test::get16(bytes, 12);
      const bool v6_other = type == 0x86dd && bytes[20] != 6;
      if (type != 0x0806 && !v6_other) {
        sent.push_back({now, std::move(bytes)});
      } else if (v6_other ? bytes[54] == 135 : net::test::get16(bytes, 20) == 1) {
        know_peer(now);
        asked = true;
      }
    }
    return asked;
  }
  void know_peer(u64 now) {
    using namespace net::test;
    if (!v6)
      return stack_.input(
          now, ethernet(kOurMac, kTheirMac, 0x0806, arp(2, kTheirMac, kTheirAddress, kOurMac, kOurAddress)));
    const Bytes message = joined(
        {{135, 0, 0, 0, 0, 0, 0, 0}, bytes_of(kOurAddress6), {1, 1}, {kTheirMac.bytes, kTheirMac.bytes + 6}});
    stack_.input(
        now, ethernet(kOurMac, kTheirMac, 0x86dd,
                      ipv6(58, kTheirAddress6, kOurAddress6, icmp6(kTheirAddress6, kOurAddress6, message))));
    (void)card_.frames();
  }

  Card card_;
  net::Stack stack_;
  std::unique_ptr<Storage<Policy>> storage_ = std::make_unique<Storage<Policy>>();
  Engine<Policy> engine_;
  std::deque<Bytes> kept_;
  std::deque<std::vector<u16>> sums_;
};

template <class Policy>
u64 PolicyStage<Policy>::value(u16 port, const std::string& name) {
  const Counters& n = engine_.counters();
  const std::map<std::string, u64> counters = {{"bad_checksum", n.bad_checksum},
                                               {"bad_segment", n.bad_segment},
                                               {"challenges", n.challenges},
                                               {"cookies_bad", n.cookies_bad},
                                               {"cookies_sent", n.cookies_sent},
                                               {"cookies_taken", n.cookies_taken},
                                               {"fast_retransmits", n.fast_retransmits},
                                               {"keep_probes", n.keep_probes},
                                               {"no_room", n.no_room},
                                               {"old_timestamps", n.old_timestamps},
                                               {"predicted", n.predicted},
                                               {"resets_held", n.resets_held},
                                               {"retransmitted", n.retransmitted},
                                               {"table_full", n.table_full},
                                               {"timeouts", n.timeouts},
                                               {"tail_probes", n.tail_probes},
                                               {"waiting", engine_.waiting()},
                                               {"connections", engine_.connections()},
                                               {"free_blocks", engine_.free_blocks()},
                                               {"free_pieces", engine_.free_pieces()},
                                               {"path_errors", n.path_errors}};
  if (counters.contains(name)) return counters.at(name);
  const StageConnection& mine = connections.at(port);
  if (name == "received") return mine.received;
  if (name == "wrong") return mine.wrong;
  if (name == "held") return mine.held;
  const auto* c = engine_.inspect(mine.id);
  if (c == nullptr) throw std::runtime_error("the connection is no more");
  if (name == "finished") return engine_.finished(mine.id) ? 1 : 0;
  if (name == "cwnd") return c->congestion.window();
  if (name == "ssthresh") return c->congestion.threshold();
  if (name == "mss") return c->mss;
  if (name == "rto_ms") return c->rtt.timeout() / kMillisecond;
  if (name == "srtt_ms") return c->rtt.smoothed() / kMillisecond;
  throw std::runtime_error("no value '" + name + "'");
}

}  // namespace

std::unique_ptr<Stage> make_stage(u64 now, const StageSettings& settings) {
  if (settings.policy == "default") return std::make_unique<PolicyStage<ScriptPolicy>>(now, settings);
  if (settings.policy == "newreno") return std::make_unique<PolicyStage<NewRenoPolicy>>(now, settings);
  if (settings.policy == "nagle") return std::make_unique<PolicyStage<NaglePolicy>>(now, settings);
  if (settings.policy == "plain") return std::make_unique<PolicyStage<PlainPolicy>>(now, settings);
  if (settings.policy == "wide") return std::make_unique<PolicyStage<WidePolicy>>(now, settings);
  if (settings.policy == "tight") return std::make_unique<PolicyStage<TightPolicy>>(now, settings);
  throw std::runtime_error("no policy '" + settings.policy + "'");
}

}  // namespace tcp::test
