// SPDX-License-Identifier: MIT
// Merged demultiplexing beside its definition: run every binding's chain of programs, in the order of
// priority and age.
#include <algorithm>
#include <map>

#include "bpf_random.hpp"
#include "fixture.hpp"

namespace test {

class DemuxTest : public Core {
 protected:
  std::map<u32, std::vector<Program>> chains_;  // by filter: the programs as they were given
  std::vector<u32> bound_;                      // bindings that this test has made

  u32 root() { return caps[kSlotReceive].object; }

  // A filter under `parent` that only the table here and its bindings refer to.
  u32 derive(u32 parent, const Program& program) {
    cap_boot(80, CapType::Receive, static_cast<u16>(parent), 0, 0, kInvoke);
    EXPECT_EQ(filter_derive(0, 80, 81, program.data(), static_cast<u32>(program.size())), Status::Ok);
    const u32 filter = caps[81].object;
    filter_reference(filter);
    EXPECT_EQ(cap_drop(0, 81), Status::Ok);
    EXPECT_EQ(cap_drop(0, 80), Status::Ok);
    chains_[filter] = chains_[parent];
    chains_[filter].push_back(program);
    return filter;
  }
  // A binding without a ring: enough to be looked up.
  u32 bind(u32 filter, u32 priority) {
    u32 number = 0;
    while (bindings[number].owner != kNoEnv) number++;
    bindings[number] = BindingEntry{};
    bindings[number].owner = 0;
    bindings[number].filter = static_cast<u16>(filter);
    bindings[number].priority = priority;
    bindings[number].age = clock_advance();
    demux_insert(number);
    bound_.push_back(number);
    return number;
  }
  void unbind(u32 number) {
    demux_remove(number);
    bindings[number] = BindingEntry{};
    bindings[number].owner = kNoEnv;
    bound_.erase(std::find(bound_.begin(), bound_.end(), number));
  }
  void forget(u32 filter) {
    chains_.erase(filter);
    filter_unreference(filter);
  }
  void TearDown() override {
    while (!bound_.empty()) unbind(bound_.back());
    chains_.erase(root());
    while (!chains_.empty()) forget(chains_.rbegin()->first);
    Core::TearDown();
  }

  // The definition.
  std::vector<u32> expected(const std::vector<u8>& packet) {
    const u32 size = static_cast<u32>(packet.size());
    std::vector<u32> all;
    for (u32 number : bound_) {
      const auto& chain = chains_[bindings[number].filter];
      if (std::all_of(chain.begin(), chain.end(), [&](const Program& p) {
            return bpf_run(p.data(), static_cast<u32>(p.size()), packet.data(), size, size) != 0;
          }))
        all.push_back(number);
    }
    std::sort(all.begin(), all.end(), [](u32 a, u32 b) {
      return std::pair(bindings[a].priority, bindings[a].age) <
             std::pair(bindings[b].priority, bindings[b].age);
    });
    return all;
  }
  std::vector<u32> all_of(const std::vector<u8>& packet) {
    const u32 size = static_cast<u32>(packet.size());
    std::vector<u32> all;
    DemuxWalk walk;
    demux_start(walk, kCard, packet.data(), size);
    for (u32 binding = 0; (binding = demux_next(walk, packet.data(), size)) != kNone;) all.push_back(binding);
    return all;
  }
  void check(const std::vector<u8>& packet, u32& hits) {
    std::vector<u32> right = expected(packet);
    const u32 first = demux_first(kCard, packet.data(), static_cast<u32>(packet.size()));
    ASSERT_EQ(first, right.empty() ? kNone : right[0]);
    hits += static_cast<u32>(right.size());
    std::vector<u32> found = all_of(packet);
    std::sort(found.begin(), found.end());
    std::sort(right.begin(), right.end());
    ASSERT_EQ(found, right);
  }
  u32 groups() {
    u32 count = 0;
    for (u32 at = demux_groups[kCard]; at != kNone; at = shapes[at].next_group) count++;
    return count;
  }
  // Random filters under each other and under the card, of few forms, and bindings to them.
  void random_steps(u32 seed, u32 forms, u32 steps) {
    std::mt19937 random(seed);
    u32 hits = 0;
    for (u32 i = 0; i < steps && !HasFatalFailure(); i++) {
      chains_[root()];
      auto at = chains_.begin();
      std::advance(at, random() % chains_.size());
      const u32 filter = at->first;
      const bool used =
          std::any_of(bound_.begin(), bound_.end(), [&](u32 b) { return bindings[b].filter == filter; });
      switch (random() % 8) {
        case 0:
          if (filters[filter].depth < kMaxFilterDepth && chains_.size() < 200)
            derive(random() % 3 == 0 ? filter : root(), random_predicate(1000 + random() % forms, random));
          break;
        case 1:
          if (filter != root() && !used && filters[filter].references == 1) forget(filter);
          break;
        case 2:
        case 3:
          if (bound_.size() < 300) bind(filter, random() % 3);
          break;
        case 4:
          if (!bound_.empty()) unbind(bound_[random() % bound_.size()]);
          break;
        default:
          check(small_packet(random), hits);
      }
    }
    EXPECT_GT(hits, steps / 4);
  }
};

TEST_F(DemuxTest, SameAsTheDefinition) {
  filter_boot_seed(12345);
  random_steps(1, 8, 6000);
}
TEST_F(DemuxTest, SameWhenAllHashesCollide) { random_steps(2, 8, 3000); }  // multipliers are zero
TEST_F(DemuxTest, SameWithManyShapes) {
  filter_boot_seed(99);
  random_steps(3, 1000, 3000);
}

static Program port_is(u32 port) {
  return {{0x28, 0, 0, 12},   {0x15, 0, 3, 0x800}, {0x28, 0, 0, 36},
          {0x15, 0, 1, port}, {6, 0, 0, 1},        {6, 0, 0, 0}};
}
static std::vector<u8> packet_to(u32 port) {
  std::vector<u8> packet(60);
  packet[12] = 8;
  packet[36] = static_cast<u8>(port >> 8);
  packet[37] = static_cast<u8>(port);
  return packet;
}

TEST_F(DemuxTest, AThousandOfOneShape) {
  filter_boot_seed(5);
  std::vector<u32> of_port;
  for (u32 port = 0; port < 1000; port++) of_port.push_back(bind(derive(root(), port_is(port)), 0));
  EXPECT_EQ(groups(), 1u);
  for (u32 port = 0; port < 1000; port++) {
    const std::vector<u8> packet = packet_to(port);
    ASSERT_EQ(demux_first(kCard, packet.data(), 60), of_port[port]);
  }
  const std::vector<u8> other = packet_to(1000);
  EXPECT_EQ(demux_first(kCard, other.data(), 60), kNone);
  u32 longest = 0;
  for (u32 head : demux_buckets) {
    u32 count = 0;
    for (u32 at = head; at != kNone; at = binding_private[at].next) count++;
    longest = std::max(longest, count);
  }
  EXPECT_LT(longest, 10u);  // the hash spreads what differs in one key
}

// The shape belongs to all its users: the one that brought it may go.
TEST_F(DemuxTest, TheFirstUserOfAShapeGoes) {
  chains_[root()];
  const u32 first = derive(root(), port_is(1));
  const u32 second = derive(root(), port_is(2));
  ASSERT_EQ(filters[first].shape, filters[second].shape);
  const u32 one = bind(first, 0);
  const u32 two = bind(second, 0);
  unbind(one);
  forget(first);
  const std::vector<u8> packet = packet_to(2);
  EXPECT_EQ(demux_first(kCard, packet.data(), 60), two);
  EXPECT_EQ(bind(derive(root(), port_is(1)), 0), one);
  EXPECT_EQ(groups(), 1u);
  const std::vector<u8> again = packet_to(1);
  EXPECT_EQ(demux_first(kCard, again.data(), 60), one);
}

TEST_F(DemuxTest, CardsAreApart) {
  const u16 other = filter_boot(kCard + 1);
  filter_reference(other);
  EXPECT_NE(filters[other].shape, filters[root()].shape);
  chains_[root()];
  bind(root(), 0);
  const std::vector<u8> packet = packet_to(1);
  EXPECT_EQ(demux_first(kCard + 1, packet.data(), 60), kNone);
  const u32 there = bind(other, 9);
  EXPECT_EQ(demux_first(kCard + 1, packet.data(), 60), there);
  unbind(there);
  filter_unreference(other);
}

}  // namespace test
