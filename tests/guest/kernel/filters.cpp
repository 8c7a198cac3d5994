// SPDX-License-Identifier: MIT
// Filters as machine code on this processor, in the kernel's own pages.
#include "base/memory.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/core/shape.hpp"
#include "tests/guest/kernel/check.hpp"

namespace kernel_test {

namespace {

constexpr u16 kNowhere = kMaxDevices - 1;  // a card that is not there

// UDP to a port, as libpcap compiles it; accepts with 1.
core::ShapedProgram udp_port(u32 port) {
  const BpfInsn code[] = {{0x28, 0, 0, 12},   {0x15, 0, 8, 0x800},  {0x30, 0, 0, 23}, {0x15, 0, 6, 17},
                          {0x28, 0, 0, 20},   {0x45, 4, 0, 0x1fff}, {0xb1, 0, 0, 14}, {0x48, 0, 0, 16},
                          {0x15, 0, 1, port}, {6, 0, 0, 1},         {6, 0, 0, 0}};
  core::ShapedProgram out;
  core::bpf_shape(code, sizeof code / sizeof code[0], out);
  return out;
}

struct Frame {
  u8 bytes[60];
};
Frame datagram(u32 port) {
  Frame f{};
  f.bytes[12] = 8;
  f.bytes[14] = 0x45;
  f.bytes[23] = 17;
  f.bytes[36] = static_cast<u8>(port >> 8);
  f.bytes[37] = static_cast<u8>(port);
  return f;
}

// A shape below the card that is not there; the caller gives it back.
u32 make_shape(const core::ShapedProgram& program) {
  const u32 card = core::shape_of_card(kNowhere);
  core::shape_reference(card);
  const u32 shape = core::shape_find(static_cast<u16>(card), program);
  core::shape_fill(shape, static_cast<u16>(card), program);
  core::shape_reference(shape);
  core::shape_unreference(card);
  return shape;
}

bool same(u32 shape, const Frame& frame, u32 length) {
  const core::BpfPacket packet{frame.bytes, length, length};
  core::BpfMachine plain{}, made{};
  const u32 expected = core::bpf_execute(shapes[shape].code, shapes[shape].length, packet, plain);
  const u32 answer = filter_execute(shape, packet, made);
  return answer == expected && (answer == 0 || memcmp(plain.keys, made.keys, sizeof plain.keys) == 0);
}

const char* machine_code_is_the_interpreter() {
  const u32 shape = make_shape(udp_port(53));
  EXPECT(shapes[shape].key_count == 3);
  EXPECT(shapes[shape].compiled == kCodeNotYet);
  for (u32 port = 0; port < 2000; port += 7) EXPECT(same(shape, datagram(port), sizeof(Frame)));
  EXPECT(shapes[shape].compiled == kCodeCompiled);
  for (u32 length = 0; length < sizeof(Frame); length++) EXPECT(same(shape, datagram(53), length));
  Frame other = datagram(53);
  other.bytes[20] = 1;  // a later fragment
  EXPECT(same(shape, other, sizeof other));
  core::shape_unreference(shape);
  return nullptr;
}

// Code of one shape is written where that of another was: what runs is the new one.
const char* code_space_is_used_again() {
  for (u32 i = 0; i < 50; i++) {
    core::ShapedProgram program{};
    program.length = 1;
    program.code[0] = {6, 0, 0, 1000 + i};
    const u32 shape = make_shape(program);
    const Frame frame{};
    core::BpfMachine machine{};
    EXPECT(filter_execute(shape, {frame.bytes, sizeof frame, sizeof frame}, machine) == 1000 + i);
    EXPECT(shapes[shape].code_first == 0);
    core::shape_unreference(shape);
  }
  for (const u16 owner : code_owner) EXPECT(owner == 0);
  return nullptr;
}

constexpr Test kTests[] = {
    {"machine-code-is-the-interpreter", machine_code_is_the_interpreter},
    {"code-space-is-used-again", code_space_is_used_again},
};

}  // namespace

Tests filter_tests() { return {kTests, sizeof kTests / sizeof kTests[0]}; }

}  // namespace kernel_test
