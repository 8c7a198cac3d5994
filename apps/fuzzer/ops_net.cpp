// SPDX-License-Identifier: MIT
// Filters, bindings and packets to send.
#include "abi/net.hpp"
#include "apps/fuzzer/op.hpp"
#include "core/resources.hpp"

namespace fuzzer {

namespace {

constexpr u32 kMost = 4;

// Bindings of this environment: control frame first.
struct Binding {
  u32 number = kNone;
  u32 slot = kNone;
  u32 frames[2] = {};  // indexes
};
constinit Binding bound[kMost]{};
constinit u32 list_frames[kMost]{};  // frames for the kernel's lists, not in the shadow

bool free_data(const Frame& f) { return at_rest(f) && f.viewed; }
bool is_packet_cap(u32 slot) {
  const CapType type = slot == kNone ? CapType::Null : shadow.caps[slot].type;
  return type == CapType::Receive || type == CapType::Send;
}

// Takes all IPv4, or IPv4 and one more condition.
u32 make_program(BpfInsn (&code)[kMaxFilterInsns]) {
  const BpfInsn program[] = {{0x28, 0, 0, 12},  {0x15, 0, 3, 0x800},
                             {0x30, 0, 0, 23},  {0x35, 0, 1, run.random.below(4)},
                             {6, 0, 0, 0xffff}, {6, 0, 0, 0}};
  for (u32 i = 0; i < 6; i++) code[i] = program[i];
  return 6;
}

void derive_filter() {
  const u32 source = random_cap();
  const u32 slot = empty_slot();
  if (!is_packet_cap(source) || slot == kNone) return;
  BpfInsn code[kMaxFilterInsns];
  const u32 length = make_program(code);
  const Answer answer = call(Call::filter_derive, source, slot, address(code), length);
  if (!expect(answer, kRoom, "filter_derive")) return;
  Cap cap = shadow.caps[source];
  cap.parent = source;
  cap.children = cap.granted = cap.uses = 0;
  add_cap(slot, cap);
}

// One word of a good program changed, or pure noise; what the verifier takes is a filter like any other.
void derive_noise() {
  const u32 source = random_cap();
  const u32 slot = empty_slot();
  if (source == kNone || slot == kNone) return;
  BpfInsn code[kMaxFilterInsns];
  u32 length = make_program(code);
  auto* words = reinterpret_cast<u32*>(code);
  if (run.random.one_in(2)) {
    words[run.random.below(length * 2)] = static_cast<u32>(run.random.next());
  } else {
    length = 1 + run.random.below(kMaxFilterInsns);
    for (u32 i = 0; i < length * 2; i++) words[i] = static_cast<u32>(run.random.next());
  }
  const Answer answer = call(Call::filter_derive, source, slot, address(code), length);
  if (!is_packet_cap(source)) return expect_refused(answer, "filter_derive from something else");
  if (!expect(answer, kRoom | one(Status::BadProgram), "filter_derive of noise")) return;
  Cap cap = shadow.caps[source];
  cap.parent = source;
  cap.children = cap.granted = cap.uses = 0;
  add_cap(slot, cap);
}

BindConfig config_of(u32 slot, u32 control, u32 ring, u32 list) {
  BindConfig config{};
  config.receive = slot;
  config.control = control;
  config.frame_count = 1;
  config.list_frame = list;
  config.frames[0] = ring;
  return config;
}

void bind() {
  const u32 slot = random_cap();
  const u32 n = run.random.below(kMost);
  Binding& binding = bound[n];
  if (!is_packet_cap(slot) || binding.number != kNone) return;
  const u32 control = random_frame(FrameType::Data, free_data);
  if (control == kNoIndex) return;
  shadow.frames[control].pins++;
  const u32 ring = random_frame(FrameType::Data, free_data);
  shadow.frames[control].pins--;
  if (ring == kNoIndex) return;
  const Cap& cap = shadow.caps[slot];
  const BindConfig config =
      config_of(slot, shadow.frames[control].number, shadow.frames[ring].number, list_frames[n]);
  const Answer answer = call(Call::net_bind, address(&config));
  if (cap.type != CapType::Receive || (cap.rights & kInvoke) == 0) return expect_refused(answer, "net_bind");
  if (!expect(answer, kRoom, "net_bind")) return;
  binding = {static_cast<u32>(answer.value), slot, {control, ring}};
  for (const u32 index : binding.frames) {
    shadow.frames[index].pins++;
    shadow.frames[index].known = false;
  }
  shadow.caps[slot].uses++;
}

void bind_badly() {
  const u32 index = random_frame(FrameType::Data, free_data);
  if (index == kNoIndex) return;
  const u32 own = shadow.frames[index].number;
  const bool bad_ring = run.random.one_in(2);  // else a bad list
  BindConfig config =
      bad_ring ? config_of(kReceive, own, run.random.one_in(2) ? own : foreign_frame(), list_frames[0])
               : config_of(kReceive, list_frames[1], list_frames[2], foreign_frame());
  if (run.random.one_in(4)) config.reserved = outside32(0, 1);
  if (run.random.one_in(4)) config.frame_count = outside32(1, kMaxRingFrames + 1);
  if (run.random.one_in(4)) config.receive = kSend;
  expect_refused(call(Call::net_bind, address(&config)), "net_bind");
}

bool binding_lives(const Binding& b) {
  return b.number != kNone && shadow.caps[b.slot].uses != 0;  // else it went with its capability
}

void let_go(Binding& binding, bool by_call) {
  for (const u32 index : binding.frames) {
    shadow.frames[index].pins--;
    shadow.frames[index].busy = true;  // packets may still be in the card
    if (shadow.frames[index].viewed) fill(index);
  }
  if (by_call) shadow.caps[binding.slot].uses--;
  binding = Binding();
}

void unbind() {
  Binding& binding = bound[run.random.below(kMost)];
  if (binding.number == kNone) return;
  if (!binding_lives(binding)) return let_go(binding, false);
  if (expect(call(Call::net_unbind, binding.number), any_of(Status::Ok, Status::Busy), "net_unbind"))
    let_go(binding, true);
}

void unbind_badly() { expect_refused(call(Call::net_unbind, outside(0, kMaxBindings)), "net_unbind"); }

// One packet; `honest`: with the own address as its source.
void send(bool honest) {
  const Binding& binding = bound[run.random.below(kMost)];
  const u32 index = random_frame(FrameType::Data, [](const Frame& f) { return f.viewed && !is_lent(f); });
  if (!binding_lives(binding) || index == kNoIndex) return;
  Frame& f = shadow.frames[index];
  auto* bytes = reinterpret_cast<u8*>(view_address(index));
  const core::NetworkInfo& network = core::start_info->network;
  for (u32 i = 0; i < 6; i++) {
    bytes[i] = 2;
    bytes[6 + i] = static_cast<u8>(honest ? network.mac[i] : network.mac[i] + 1);
  }
  SendPacket packet{};
  packet.segment_count = 1;
  packet.segments[0] = {f.number, 0, static_cast<u16>(14 + run.random.below(1000))};
  f.busy = true;
  const Answer answer = call(Call::net_send, network.send, binding.number, address(&packet), 1);
  if (honest) {
    expect(answer, kRoom | one(Status::Denied), "net_send");
  } else {
    expect_refused(answer, "net_send with another's address");
  }
  fill(index);
}

// A packet that asks the card for more, whether or not it has it. It is no TCP: nothing of it may leave.
void send_offloaded() {
  const Binding& binding = bound[run.random.below(kMost)];
  const u32 index = random_frame(FrameType::Data, [](const Frame& f) { return f.viewed && !is_lent(f); });
  if (!binding_lives(binding) || index == kNoIndex) return;
  const u32 slot = core::start_info->network.send;
  expect(call(Call::net_send, slot, binding.number, 0, 0), one(Status::Ok), "net_send that asks");
  SendPacket packet{};
  packet.segment_count = 1 + run.random.below(kMaxSegments);
  for (u32 i = 0; i < packet.segment_count; i++)
    packet.segments[i] = {shadow.frames[index].number, 0, static_cast<u16>(1 + run.random.below(kPageSize))};
  packet.sum = static_cast<u16>(run.random.below(4));
  packet.cut = static_cast<u16>(run.random.below(2) == 0 ? run.random.below(2000) : run.random.below(65536));
  if (packet.sum == 0 && packet.cut == 0) packet.sum = 1;
  expect_refused(call(Call::net_send, slot, binding.number, address(&packet), 1),
                 "net_send for a card's work");
}

void send_honestly() { send(true); }
void send_as_another() { send(false); }

void send_foreign() {
  const Binding& binding = bound[run.random.below(kMost)];
  if (!binding_lives(binding)) return;
  SendPacket packet{};
  packet.segment_count = 1;
  packet.segments[0] = {foreign_frame(), 0, 60};
  expect_refused(call(Call::net_send, core::start_info->network.send, binding.number, address(&packet), 1),
                 "net_send of a foreign frame");
}

constexpr Op kOps[] = {
    {"derive_filter", 4, derive_filter},
    {"derive_noise", 6, derive_noise},
    {"bind", 4, bind},
    {"bind_badly", 2, bind_badly},
    {"unbind", 3, unbind},
    {"unbind_badly", 1, unbind_badly},
    {"send", 3, send_honestly},
    {"send_as_another", 2, send_as_another},
    {"send_foreign", 2, send_foreign},
    {"send_offloaded", 2, send_offloaded},
};

}  // namespace

std::span<const Op> net_ops() {
  if (core::start_info->network.receive == kNone) return {};
  if (core::take_frames(list_frames, kMost) != Status::Ok) fail("no frames for lists");
  return kOps;
}

}  // namespace fuzzer
