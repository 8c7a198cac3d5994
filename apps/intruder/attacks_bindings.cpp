// SPDX-License-Identifier: MIT
// What filters share and what bindings lend: instructions that only the kernel may write, keys of others
// in a shape that is shared, and the frame that holds a ring's list. With a network only (examples/attack).
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

const core::NetworkInfo& network() { return core::start_info->network; }

constexpr u32 kTarget = 61;
// Instruction codes of classic BPF.
constexpr u16 kLoadByte = 0x30, kLoadLength = 0x80, kJump = 0x05, kJumpEqual = 0x15, kReturn = 0x06,
              kReturnA = 0x16;
constexpr BpfInsn kAccept{kReturn, 0, 0, 1}, kRefuse{kReturn, 0, 0, 0};

void derive(Trial& trial, const BpfInsn* code, u32 length) {
  const SysResult result = sys::filter_derive(network().receive, kTarget, code, length);
  trial.status(result);
  if (result.status == Status::Ok && sys::cap_drop(kTarget).status != Status::Ok) trial.gained("a filter");
}

// What shapes hold instead of constants.
void internal_instructions(Trial& t) {
  for (const u16 code : {kBpfKeyStore, kBpfKeyCheck}) {
    for (const u32 key : {0u, 1u, 7u, 8u, 0x20000000u, kNone}) {
      const BpfInsn program[] = {{kLoadByte, 0, 0, 0}, {code, 0, 0, key}, kAccept, kRefuse};
      derive(t, program, 4);
    }
  }
}

void huge_jumps(Trial& t) {
  for (const u32 k : {2u, 61u, 0x7fffffffu, 0x80000000u, 0xffffff00u, kNone}) {
    const BpfInsn program[] = {{kJump, 0, 0, k}, kAccept, kRefuse};
    derive(t, program, 3);
  }
  for (const u8 jump : {u8{2}, u8{63}, u8{64}, u8{255}}) {
    const BpfInsn taken[] = {{kJumpEqual, jump, 0, 0}, kAccept, kRefuse};
    const BpfInsn other[] = {{kJumpEqual, 0, jump, 0}, kAccept, kRefuse};
    derive(t, taken, 3);
    derive(t, other, 3);
  }
}

// Sends a packet that the intruder may send, changed by `spoil`, with a Send capability derived with `code`.
template <class Spoil>
void send_through(Trial& t, const BpfInsn* code, u32 length, Spoil spoil) {
  if (sys::filter_derive(network().send, kTarget, code, length).status != Status::Ok)
    return t.gained("nothing: no filter");
  u8* const packet = write_own_packet();
  spoil(packet);
  t.status(send_own_packet(kTarget));
  if (sys::cap_drop(kTarget).status != Status::Ok) t.gained("a filter that stays");
}

void spoof_source(u8* packet) { packet[29] ^= 1; }

// A derived predicate that accepts everything, in several ways, does not make the chain above forget.
void widen_egress(Trial& t) {
  const BpfInsn all[] = {kAccept};
  const BpfInsn returns_a[] = {{kLoadLength, 0, 0, 0}, {kReturnA, 0, 0, 0}};
  const BpfInsn everything[] = {{kLoadByte, 0, 0, 29}, {kJumpEqual, 1, 0, 0}, kAccept, kAccept};
  send_through(t, all, 1, spoof_source);
  send_through(t, returns_a, 2, spoof_source);
  send_through(t, everything, 4, spoof_source);
}

// More constants than a shape leaves open: each must still be required.
void more_constants_than_keys(Trial& t) {
  constexpr u32 kConstants = 12;
  for (u32 wrong = 0; wrong < kConstants; wrong++) {
    BpfInsn code[2 * kConstants + 2];
    for (u32 i = 0; i < kConstants; i++) {
      code[2 * i] = {kLoadByte, 0, 0, 40 + i};
      code[2 * i + 1] = {kJumpEqual, 0, static_cast<u8>(2 * (kConstants - i) - 1), 100 + i};
    }
    code[2 * kConstants] = kAccept;
    code[2 * kConstants + 1] = kRefuse;
    send_through(t, code, 2 * kConstants + 2, [&](u8* packet) {
      for (u32 i = 0; i < kConstants; i++) packet[40 + i] = static_cast<u8>(100 + i + (i == wrong ? 1 : 0));
    });
  }
}

// Two filters with one shape: a packet with the other's key is not mine.
void keys_of_a_twin(Trial& t) {
  constexpr u32 kTwin = kTarget + 1;
  const BpfInsn twin[] = {{kLoadByte, 0, 0, 40}, {kJumpEqual, 0, 1, 2}, kAccept, kRefuse};
  const BpfInsn own[] = {{kLoadByte, 0, 0, 40}, {kJumpEqual, 0, 1, 1}, kAccept, kRefuse};
  if (sys::filter_derive(network().send, kTwin, twin, 4).status != Status::Ok)
    return t.gained("nothing: no filter");
  write_own_packet()[40] = 2;
  if (send_own_packet(kTwin).status != Status::Ok) t.gained("nothing: the twin's own packet is refused");
  send_through(t, own, 4, [](u8* packet) { packet[40] = 2; });
  if (sys::cap_drop(kTwin).status != Status::Ok) t.gained("a filter that stays");
}

// A binding that is right in all points but those that an attack changes.
class Ring {
 public:
  Ring() {
    good_ = core::take_frames(frames_, 3) == Status::Ok;
    config_.receive = network().receive;
    config_.control = frames_[0];
    config_.frame_count = 1;
    config_.list_frame = frames_[2];
    config_.frames[0] = frames_[1];
  }
  ~Ring() {
    if (good_) [[maybe_unused]]
      const Status freed = core::put_frames(frames_, 3);
  }
  BindConfig& config() { return config_; }
  u32 list() const { return frames_[2]; }
  SysResult bind() { return sys::net_bind(&config_); }
  // For attacks that must be refused: whatever got through is ended.
  void attempt(Trial& t) {
    const SysResult result = bind();
    t.status(result);
    if (result.status == Status::Ok && sys::net_unbind(static_cast<u32>(result.value)).status != Status::Ok)
      t.gained("a binding that stays");
  }

 private:
  bool good_;
  u32 frames_[3] = {kNone, kNone, kNone};
  BindConfig config_{};
};

void list_frames_of_others(Trial& t) {
  Ring ring;
  for (u32 frame = 0; frame < frames_tried(); frame++) {
    if (is_own(frame)) continue;
    ring.config().list_frame = frame;
    ring.attempt(t);
  }
}

void list_frame_with_two_uses(Trial& t) {
  Ring ring;
  ring.config().list_frame = ring.config().control;
  ring.attempt(t);
  ring.config().list_frame = ring.config().frames[0];
  ring.attempt(t);
  ring.config().list_frame = lab.spare();  // a page table
  ring.attempt(t);
}

// The lab's frame is mapped: the kernel's list must not be where the intruder can write.
void list_frame_that_is_mapped(Trial& t) {
  Ring ring;
  ring.config().list_frame = lab.frame();
  ring.attempt(t);
}

void reserved_field(Trial& t) {
  Ring ring;
  for (const u32 value : {1u, 0x80000000u, kNone}) {
    ring.config().reserved = value;
    ring.attempt(t);
  }
}

// While bound the list is the kernel's: nothing that an owner may do with a frame is possible.
void use_the_list_frame(Trial& t) {
  constexpr u32 kListSlot = 12;  // of the lab
  Ring ring;
  const SysResult bound = ring.bind();
  if (bound.status != Status::Ok) return t.gained("nothing: no binding");
  const u32 list = ring.list();
  t.status(lab.set(kListSlot, list, kRead));
  t.status(lab.set(kListSlot, list, kRead | kWrite));
  t.status(core::put_frames(&list, 1));
  t.status(sys::frame_share(kTarget, list, 1, kRead));
  t.status(sys::frame_retype(kSlotSelf, list, static_cast<u32>(FrameType::Table1)));
  Ring second;
  second.config().list_frame = list;
  second.attempt(t);
  const SendPacket packet{1, 0, 0, {{list, 0, 60}}};
  t.status(sys::net_send(network().send, static_cast<u32>(bound.value), &packet, 1));
  if (sys::net_unbind(static_cast<u32>(bound.value)).status != Status::Ok) t.gained("a binding that stays");
}

void unbind_twice(Trial& t) {
  Ring ring;
  const SysResult bound = ring.bind();
  if (bound.status != Status::Ok) return t.gained("nothing: no binding");
  const u32 binding = static_cast<u32>(bound.value);
  if (sys::net_unbind(binding).status != Status::Ok) t.gained("a binding that stays");
  t.status(sys::net_unbind(binding));
  t.status(sys::net_unbind(binding));
}

// What comes back holds nothing of the kernel's.
void read_the_list_afterwards(Trial& t) {
  constexpr u32 kListSlot = 13;
  Ring ring;
  const SysResult bound = ring.bind();
  if (bound.status != Status::Ok) return t.gained("nothing: no binding");
  if (sys::net_unbind(static_cast<u32>(bound.value)).status != Status::Ok) t.gained("a binding that stays");
  if (lab.set(kListSlot, ring.list(), kRead) != Status::Ok) return t.gained("nothing: the frame is lost");
  const auto* words = reinterpret_cast<const u64*>(Lab::address(kListSlot));
  for (u32 i = 0; i < kPageSize / sizeof(u64); i++)
    if (words[i] != 0) t.gained("what the kernel wrote");
  if (lab.clear(kListSlot) != Status::Ok) t.gained("a mapping that stays");
}

constexpr Attack kAttacks[] = {
    {"filter-internal-instructions", refusal(Status::BadProgram), internal_instructions},
    {"filter-huge-jumps", refusal(Status::BadProgram), huge_jumps},
    {"egress-widened-by-derivation", refusal(Status::Denied), widen_egress},
    {"egress-more-constants-than-keys", refusal(Status::Denied), more_constants_than_keys},
    {"egress-keys-of-a-twin", refusal(Status::Denied), keys_of_a_twin},
    {"bind-list-frames-of-others", refusal(Status::Denied), list_frames_of_others},
    {"bind-list-frame-with-two-uses", refusal(Status::Denied), list_frame_with_two_uses},
    {"bind-list-frame-that-is-mapped", refusal(Status::Busy), list_frame_that_is_mapped},
    {"bind-reserved-field", refusal(Status::BadArgument), reserved_field},
    {"use-the-list-frame", refusal(Status::Denied), use_the_list_frame},
    {"unbind-twice", refusal(Status::BadArgument), unbind_twice},
    {"read-the-list-afterwards", nothing_gained, read_the_list_afterwards},
};

}  // namespace

std::span<const Attack> binding_attacks() {
  if (network().receive == kNone || network().send == kNone) return {};
  return kAttacks;
}

}  // namespace intruder
