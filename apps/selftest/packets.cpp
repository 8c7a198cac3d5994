// SPDX-License-Identifier: MIT
// Filters and rings on a real card: who gets the gateway's answers to ARP requests (RFC 826).
#include "abi/net.hpp"
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "base/memory.hpp"
#include "core/resources.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

#include <initializer_list>

namespace selftest {

namespace {

constexpr u32 kFromGateway = 70, kFromOther = 71;  // slots

const core::NetworkInfo& network() { return core::start_info->network; }

// A binding with a ring of two packets.
class Ring {
 public:
  Status open(u32 receive, u32 priority) {
    memory_ = TRY(vm::allocate_dma(2));
    list_ = TRY(core::take_frame());
    BindConfig config{};
    config.receive = receive;
    config.control = memory_.frame(0);
    config.priority = priority;
    config.frame_count = 1;
    config.list_frame = list_;
    config.frames[0] = memory_.frame(1);
    const SysResult bound = sys::net_bind(&config);
    number_ = static_cast<u32>(bound.value);
    return bound.status;
  }
  Status close() { return sys::net_unbind(number_).status; }
  Status free_memory() {
    TRY_STATUS(core::put_frames(&list_, 1));
    return vm::free_dma(memory_);
  }
  u32 list() const { return list_; }
  u32 number() const { return number_; }
  volatile RingControl& control() const { return *reinterpret_cast<volatile RingControl*>(memory_.bytes); }
  // The address in the only packet, if it is an ARP reply.
  u32 sender() const {
    const u8* arp = memory_.bytes + kPageSize + sizeof(PacketHeader) + 14;
    return arp[7] == 2 ? static_cast<u32>(arp[14]) << 24 | arp[15] << 16 | arp[16] << 8 | arp[17] : 0;
  }

 private:
  vm::DmaRegion memory_{};
  u32 list_ = kNone;
  u32 number_ = kNone;
};

constinit Ring narrow{}, other{}, wide{};
constinit vm::DmaRegion page{};

// What libpcap makes of "arp src host HOST".
Status derive(u32 slot, u32 host) {
  const BpfInsn code[] = {{0x28, 0, 0, 12},   {0x15, 0, 3, 0x806}, {0x20, 0, 0, 28},
                          {0x15, 0, 1, host}, {6, 0, 0, 0x40000},  {6, 0, 0, 0}};
  return sys::filter_derive(network().receive, slot, code, 6).status;
}

void put_address(u8* at, u32 address) {
  for (u32 i = 0; i < 4; i++) at[i] = static_cast<u8>(address >> (24 - 8 * i));
}

Status ask_gateway(const Ring& ring) {
  constexpr u8 kHead[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};
  u8* p = page.bytes;
  memset(p, 0xff, 6);
  memcpy(p + 6, network().mac, 6);
  memcpy(p + 12, kHead, sizeof kHead);
  memcpy(p + 22, network().mac, 6);
  put_address(p + 28, network().address);
  memset(p + 32, 0, 28);
  put_address(p + 38, network().gateway);
  const SendPacket packet{1, 0, 0, {{page.frame(0), 0, 60}}};
  return sys::net_send(network().send, ring.number(), &packet, 1).status;
}

bool await(const volatile u64& counter, u64 value) {
  const u64 end = core::now() + kPatience;
  while (counter != value && core::now() < end)
    core::sleep(&counter, counter, core::tsc_at(core::now() + core::kSecond));
  return counter == value;
}

FilterEntry filter_in(u32 slot) {
  CapEntry cap{};
  FilterEntry filter{};
  ledger_view().cap(core::start_info->env, slot, cap);
  ledger_view().filter(cap.object, filter);
  return filter;
}

Outcome filters_share_a_shape() {
  EXPECT_OK(derive(kFromGateway, network().gateway));
  EXPECT_OK(derive(kFromOther, network().gateway + 1));
  const FilterEntry a = filter_in(kFromGateway), b = filter_in(kFromOther);
  EXPECT(a.shape == b.shape);
  EXPECT(a.keys[1] == network().gateway);
  EXPECT(b.keys[1] == network().gateway + 1);
  return nullptr;
}

Outcome list_frames_are_lent() {
  EXPECT_OK(wide.open(network().receive, 1));
  EXPECT_OK(other.open(kFromOther, 0));
  EXPECT_OK(narrow.open(kFromGateway, 0));
  const u32 list = narrow.list();
  EXPECT_STATUS(core::put_frames(&list, 1), Status::Denied);
  return nullptr;
}

Outcome the_answer_finds_its_ring() {
  const auto region = vm::allocate_dma(1);
  EXPECT_OK(region.status());
  page = region.value();
  EXPECT_OK(ask_gateway(narrow));
  EXPECT(await(narrow.control().produced, 1));
  EXPECT(narrow.sender() == network().gateway);
  EXPECT(other.control().produced == 0);
  EXPECT(wide.control().produced == 0);  // accepts it too, and comes later by priority
  EXPECT(await(narrow.control().sent, 1));
  return nullptr;
}

Outcome filters_run_as_machine_code() {
  const FilterEntry filter = filter_in(kFromGateway);
  ShapeEntry shape{};
  EXPECT(ledger_view().shape(filter.shape, shape));
  EXPECT(filter.accepted >= 1);  // the gateway may say more than it was asked for
  EXPECT(filter_in(kFromOther).accepted == 0);
  EXPECT(shape.bindings == 2);
  EXPECT(shape.compiled == kCodeCompiled);
  return nullptr;
}

Outcome the_next_one_gets_it() {
  EXPECT_OK(narrow.close());
  EXPECT_STATUS(narrow.close(), Status::BadArgument);
  EXPECT_OK(ask_gateway(wide));
  EXPECT(await(wide.control().produced, 1));
  EXPECT(wide.sender() == network().gateway);
  EXPECT(other.control().produced == 0);
  EXPECT(await(wide.control().sent, 1));
  return nullptr;
}

Outcome all_comes_back() {
  EXPECT_OK(wide.close());
  EXPECT_OK(other.close());
  for (Ring* ring : {&narrow, &other, &wide}) EXPECT_OK(ring->free_memory());
  EXPECT_OK(vm::free_dma(page));
  EXPECT_OK(sys::cap_drop(kFromGateway).status);
  EXPECT_OK(sys::cap_drop(kFromOther).status);
  return nullptr;
}

constexpr Test kTests[] = {
    {"filters_share_a_shape", filters_share_a_shape},
    {"list_frames_are_lent", list_frames_are_lent},
    {"the_answer_finds_its_ring", the_answer_finds_its_ring},
    {"filters_run_as_machine_code", filters_run_as_machine_code},
    {"the_next_one_gets_it", the_next_one_gets_it},
    {"all_comes_back", all_comes_back},
};

}  // namespace

std::span<const Test> packet_tests() { return kTests; }

}  // namespace selftest
