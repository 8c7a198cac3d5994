// SPDX-License-Identifier: MIT
// Plays a script: lets its time pass, does what it says, and compares.
#include <sstream>

#include "script.hpp"
#include "stage.hpp"

namespace tcp::test {
namespace {

constexpr u64 kTolerance = kMillisecond;  // timers are kept to that
constexpr u64 kBegin = 1000 * kSecond;
constexpr u16 kOurPort = 80, kTheirPort = 5000;

struct Failure : std::runtime_error {
  using runtime_error::runtime_error;
};

u64 time_of(const std::string& word) { return static_cast<u64>(std::stod(word) * 1e9 + 0.5); }

class Player {
 public:
  explicit Player(const Script& script) : script_(script) {}
  void play();
  int line() const { return line_; }

 private:
  // Numbers of a connection that a script does not write down, by the peer's port.
  struct Names {
    std::optional<u32> iss, ts;
    u16 ours = kOurPort;
  };

  void setting(const std::vector<std::string>& words);
  void begin();
  void pass(u64 time);
  void nothing_more(const char* before);
  void give(const ScriptSegment& s);
  void give_too_big(const std::vector<std::string>& words);
  void expect(const ScriptSegment& s);
  void compare(const ScriptSegment& s, const Segment& got, const net::Received& packet);
  void check(const std::vector<std::string>& words);
  void act(const std::vector<std::string>& words);
  net::Received open_frame(const Bytes& frame) const;
  Bytes packet(u8 protocol, const Bytes& payload) const;
  Flow theirs(u16 port) { return {our_address(), their_address(), names_[port].ours, port}; }
  net::IpAddress our_address() const {
    return settings_.v6 ? net::IpAddress(kOurAddress6) : net::IpAddress(kOurAddress);
  }
  net::IpAddress their_address() const {
    return settings_.v6 ? net::IpAddress(kTheirAddress6) : net::IpAddress(kTheirAddress);
  }
  u32 ours(u16 port) const {
    const auto found = names_.find(port);
    if (found == names_.end() || !found->second.iss) throw Failure("our initial number is not known yet");
    return *found->second.iss;
  }

  const Script& script_;
  StageSettings settings_;
  std::optional<u32> wanted_iss_;
  std::unique_ptr<Stage> stage_;
  std::map<u16, Names> names_;
  u64 now_ = kBegin;
  u16 port_ = kTheirPort;
  int line_ = 0;
};

void Player::setting(const std::vector<std::string>& words) {
  const std::string& name = words.at(0);
  const std::string value = words.size() > 1 ? words[1] : "";
  if (name == "policy") {
    settings_.policy = value;
  } else if (name == "iss") {
    wanted_iss_ = static_cast<u32>(std::stoul(value, nullptr, 0));
  } else if (name == "ipv6") {
    settings_.v6 = true;
  } else if (name == "keep_idle") {
    settings_.tcp.keep_idle = time_of(value);
  } else if (name == "keep_interval") {
    settings_.tcp.keep_interval = time_of(value);
  } else if (name == "probe_min") {
    settings_.tcp.probe_min = time_of(value);
  } else if (name == "keep_tries") {
    settings_.tcp.keep_tries = static_cast<u8>(std::stoul(value));
  } else if (name == "mss_clamp") {
    settings_.tcp.mss_clamp = static_cast<u16>(std::stoul(value));
  } else if (name == "resets") {
    settings_.tcp.resets = static_cast<u32>(std::stoul(value));
  } else if (name == "time_wait") {
    settings_.tcp.time_wait = time_of(value);
  } else if (name == "predict") {
    settings_.tcp.predict = value == "on";
  } else if (name == "merge") {
    settings_.tcp.merge = value == "on";
  } else if (name == "checksum_by_card") {
    settings_.checksum_by_card = true;
  } else if (name == "segment_bytes") {
    settings_.checksum_by_card = true;
    settings_.segment_bytes = static_cast<u32>(std::stoul(value));
  } else {
    throw Failure("nothing to set is called '" + name + "'");
  }
}

// The first thing that happens. Our initial numbers follow from the clock: it begins when they are right.
void Player::begin() {
  if (stage_ != nullptr) return;
  settings_.tcp.key = {0x0123456789abcdef, 0xfedcba9876543210};
  if (wanted_iss_) {
    const Flow flow{their_address(), our_address(), kTheirPort, kOurPort};
    now_ += u64{*wanted_iss_ - initial_sequence(now_, secret_of(settings_.tcp.key, flow))} * 4000;
  }
  stage_ = make_stage(now_, settings_);
}

void Player::pass(u64 time) {
  const u64 end = now_ + time;
  for (;;) {
    const u64 next = stage_->poll(now_);
    if (next > end) break;
    now_ = next > now_ ? next : now_ + 1;
  }
  now_ = end;
}

void Player::nothing_more(const char* before) {
  if (!stage_->events.empty())
    throw Failure(std::string(before) + ": it was told '" + stage_->events.front() + "'");
  if (stage_->sent.empty()) return;
  Segment s;
  (void)read_segment(open_frame(stage_->sent.front().bytes), s);
  std::ostringstream out;
  out << before << ": a segment was sent that nobody expected: flags " << int{s.flags} << " ack " << s.ack
      << " win " << s.window << " data " << s.data.size();
  const auto names = names_.find(s.flow.local_port);
  if (names != names_.end() && names->second.iss) out << " seq " << s.sequence - *names->second.iss;
  throw Failure(out.str());
}

net::Received Player::open_frame(const Bytes& frame) const {
  net::Received packet;
  packet.source = our_address();
  packet.destination = their_address();
  packet.payload = std::span(frame).subspan(settings_.v6 ? 54 : 34);
  return packet;
}

Bytes Player::packet(u8 protocol, const Bytes& payload) const {
  if (settings_.v6) {
    return net::test::ethernet(kOurMac, kTheirMac, 0x86dd,
                               net::test::ipv6(protocol, kTheirAddress6, kOurAddress6, payload));
  }
  return net::test::ethernet(kOurMac, kTheirMac, 0x0800,
                             net::test::ipv4(protocol, kTheirAddress, kOurAddress, payload));
}

void Player::give(const ScriptSegment& s) {
  if (s.port != 0) port_ = s.port;
  SegmentHeader header;
  header.flags = s.flags;
  header.sequence = s.begin;
  if (s.ack) header.ack = *s.ack + ours(port_);
  if (s.ack) header.flags |= kAck;
  header.window = static_cast<u16>(s.window.value_or(0xffff));
  header.options.mss = static_cast<u16>(s.mss.value_or(0));
  if (s.scale) header.options.scale = static_cast<u8>(*s.scale);
  header.options.sack_permitted = s.sack_permitted;
  header.options.timestamps = s.has_times;
  header.options.ts_value = s.ts_value.value_or(0);
  header.options.ts_echo = s.ts_echo + names_[port_].ts.value_or(0);
  for (const Range& r : s.sack)
    header.options.sack[header.options.sack_count++] = {r.begin + ours(port_), r.end + ours(port_)};
  Bytes data(s.end - s.begin);
  for (u32 i = 0; i < data.size(); i++) data[i] = byte_at(s.begin + i);
  const net::Piece piece{data.data(), static_cast<u32>(data.size())};
  Bytes segment(header.size());
  write_segment(theirs(port_), header, std::span(&piece, data.empty() ? 0 : 1), false, segment.data());
  segment.insert(segment.end(), data.begin(), data.end());
  stage_->frame(now_, packet(6, segment));
}

// `< toobig MTU SEQ`: a router's word that the segment at SEQ did not fit.
void Player::give_too_big(const std::vector<std::string>& words) {
  const u32 mtu = static_cast<u32>(std::stoul(words.at(1)));
  Bytes ours_packet(8);
  net::test::put16(ours_packet, 0, names_[port_].ours);
  net::test::put16(ours_packet, 2, port_);
  net::test::put32(ours_packet, 4, static_cast<u32>(std::stoul(words.at(2))) + ours(port_));
  if (settings_.v6) {
    Bytes message{2, 0, 0, 0, 0, 0, 0, 0};
    net::test::put32(message, 4, mtu);
    message = net::test::joined({message, net::test::ipv6(6, kOurAddress6, kTheirAddress6, ours_packet)});
    return stage_->frame(now_, packet(58, net::test::icmp6(kTheirAddress6, kOurAddress6, message)));
  }
  Bytes message{4, 0, 0, 0, 0};  // fragmentation needed
  net::test::put16(message, 3, static_cast<u16>(mtu));
  message = net::test::joined({message, net::test::ipv4(6, kOurAddress, kTheirAddress, ours_packet)});
  stage_->frame(now_, packet(1, net::test::icmp_message(3, message)));
}

void Player::expect(const ScriptSegment& s) {
  if (stage_->sent.empty()) pass(kTolerance);
  if (stage_->sent.empty()) throw Failure("nothing was sent");
  const StageFrame frame = stage_->sent.front();
  stage_->sent.erase(stage_->sent.begin());
  const u64 off = frame.at > now_ ? frame.at - now_ : now_ - frame.at;
  if (off > kTolerance) {
    throw Failure("it was sent " + std::to_string(static_cast<double>(off) / 1e9) + " s " +
                  (frame.at > now_ ? "later" : "earlier"));
  }
  const net::Received packet = open_frame(frame.bytes);
  Segment got;
  if (read_segment(packet, got) != Malformed::No) throw Failure("what was sent is not a right segment");
  compare(s, got, packet);
}

void Player::compare(const ScriptSegment& s, const Segment& got, const net::Received&) {
  if (s.port != 0) port_ = s.port;
  // Seen as its receiver: our port is the remote one.
  if (got.flow.local_port != port_) throw Failure("it went to port " + std::to_string(got.flow.local_port));
  Names& names = names_[port_];
  if (!names.iss || got.has(kSyn)) names.iss = got.has(kSyn) ? got.sequence : got.sequence - s.begin;
  if (!names.ts && got.options.timestamps) names.ts = got.options.ts_value;
  const auto same = [](const char* what, u64 wanted, u64 is) {
    if (wanted == is) return;
    throw Failure(std::string(what) + " is " + std::to_string(is) + ", not " + std::to_string(wanted));
  };
  const bool is_reset = (s.flags & kRst) != 0;
  same("flags without PSH", (s.flags | (s.ack ? kAck : 0)) & ~kPsh, got.flags & ~kPsh);
  if ((s.flags & kPsh) != 0) same("PSH", 1, got.has(kPsh) ? 1 : 0);
  same("seq", s.begin, is_reset && s.begin == 0 && !got.has(kAck) ? 0 : got.sequence - *names.iss);
  same("length", s.end - s.begin, got.data.size());
  if (s.ack) same("ack", *s.ack, got.ack);
  if (s.window) same("win", *s.window, got.window);
  for (u32 i = 0; i < got.data.size(); i++)
    if (got.data[i] != byte_at(s.begin - 1 + i)) throw Failure("byte " + std::to_string(i) + " is wrong");
  same("sack blocks", s.sack.size(), got.options.sack_count);
  for (u32 i = 0; i < s.sack.size(); i++) {
    same("sack begin", s.sack[i].begin, got.options.sack[i].begin);
    same("sack end", s.sack[i].end, got.options.sack[i].end);
  }
  if (!s.has_options) return;
  same("mss", s.mss.value_or(0), got.options.mss);
  same("scale", s.scale.value_or(kNoScale), got.options.scale);
  same("sackok", s.sack_permitted ? 1 : 0, got.options.sack_permitted ? 1 : 0);
  same("ts", s.has_times ? 1 : 0, got.options.timestamps ? 1 : 0);
  if (s.ts_value) same("ts value", *s.ts_value, got.options.ts_value - names.ts.value_or(0));
  if (s.has_times) same("ts echo", s.ts_echo, got.options.ts_echo);
}

void Player::check(const std::vector<std::string>& words) {
  const std::string& name = words.at(0);
  if (name == "opened" || name == "closed") {
    std::string wanted = name;
    if (words.size() > 1) wanted += " " + words[1];
    if (stage_->events.empty()) throw Failure("it was not told '" + wanted + "'");
    const std::string got = stage_->events.front();
    stage_->events.pop_front();
    if (got != wanted) throw Failure("it was told '" + got + "'");
    return;
  }
  if (name == "state") {
    if (stage_->state(port_) != words.at(1)) throw Failure("the state is " + stage_->state(port_));
    return;
  }
  const u64 value = stage_->value(port_, name);
  if (value != std::stoul(words.at(1), nullptr, 0)) throw Failure(name + " is " + std::to_string(value));
}

void Player::act(const std::vector<std::string>& words) {
  const std::string& verb = words.at(0);
  const auto number = [&](u64 i, u32 without) {
    return words.size() > i ? static_cast<u32>(std::stoul(words[i], nullptr, 0)) : without;
  };
  if (verb == "listen") {
    if (!stage_->listen(kOurPort, number(1, 4))) throw Failure("it cannot listen");
  } else if (verb == "unlisten") {
    stage_->stop_listening(kOurPort);
  } else if (verb == "connect") {
    port_ = static_cast<u16>(number(1, kTheirPort));
    const u16 ours = stage_->connect(now_, port_);
    if (ours == 0) throw Failure("it cannot connect");
    names_[port_].ours = ours;
    names_[port_].iss.reset();
  } else if (verb == "port") {
    port_ = static_cast<u16>(number(1, kTheirPort));
  } else if (verb == "send") {
    for (u32 i = number(2, 1); i > 0; i--)
      if (!stage_->send(port_, number(1, 0))) throw Failure("send was refused");
  } else if (verb == "read") {
    stage_->read(port_, number(1, ~0u));
  } else if (verb == "close") {
    stage_->close(port_);
  } else if (verb == "abort") {
    stage_->abort(port_);
  } else if (verb == "reading") {
    stage_->reading = words.at(1) == "on";
  } else if (verb == "closing") {
    stage_->close_when_finished = words.at(1) == "on";
  } else if (verb != "wait") {
    throw Failure("nobody can '" + verb + "'");
  }
}

void Player::play() {
  bool together = false;  // with the line before
  for (const ScriptLine& line : script_.lines) {
    line_ = line.number;
    if (line.kind == ScriptLine::Kind::Set) {
      setting(line.words);
      continue;
    }
    begin();
    if (line.delay > 0 || !together) pass(line.delay);
    together = line.more;
    switch (line.kind) {
      case ScriptLine::Kind::Set:
        break;
      case ScriptLine::Kind::Expect:
        expect(line.segment);
        break;
      case ScriptLine::Kind::Check:
        check(line.words);
        break;
      case ScriptLine::Kind::Give:
        nothing_more("before this");
        if (line.words.empty()) {
          give(line.segment);
        } else {
          give_too_big(line.words);
        }
        break;
      case ScriptLine::Kind::Do:
        nothing_more("before this");
        act(line.words);
        break;
    }
    if (!line.more && line.kind != ScriptLine::Kind::Expect) stage_->poll(now_);
  }
  if (stage_ == nullptr) throw Failure("nothing happens in it");
  pass(0);
  nothing_more("at the end");
  for (const auto& [port, c] : stage_->connections)
    if (c.wrong != 0) throw Failure("bytes arrived wrong on port " + std::to_string(port));
}

}  // namespace

std::string play(const Script& script) {
  if (!script.error.empty()) return script.error;
  Player player(script);
  try {
    player.play();
  } catch (const std::exception& wrong) {
    return script.name + ":" + std::to_string(player.line()) + ": " + wrong.what();
  }
  return {};
}

}  // namespace tcp::test
