// SPDX-License-Identifier: MIT
#include "bpf_random.hpp"

#include "kernel/core/bpf_codes.hpp"

namespace test {

using namespace core::bpf;

std::vector<u8> random_packet(std::mt19937& random) {
  std::vector<u8> p(random() % 200);
  for (u8& byte : p) byte = static_cast<u8>(random());
  // Mostly something that filters look into: Ethernet, then ARP, IPv4 or IPv6.
  if (p.size() < 60 || random() % 8 == 0) return p;
  const u16 types[] = {0x0800, 0x0800, 0x0800, 0x0806, 0x86dd, 0x8100};
  const u16 type = types[random() % 6];
  p[12] = static_cast<u8>(type >> 8);
  p[13] = static_cast<u8>(type);
  p[14] = random() % 4 != 0 ? 0x45 : static_cast<u8>(random());
  const u8 protocols[] = {1, 6, 17, 17, 6, 58};
  p[23] = protocols[random() % 6];
  p[20] = random() % 2 != 0 ? 0x40 : 0;  // no fragment
  p[21] = 0;
  const u8 address[] = {10, 0, 2, 15};
  for (u32 i = 0; i < 4; i++) p[30 + i] = address[i];
  p[36] = 0;
  p[37] = random() % 2 != 0 ? 80 : 53;
  return p;
}

// libpcap's memory is not initialised, so programs fill theirs first.
Program random_program(std::mt19937& random) {
  static const u16 kCodes[] = {0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80, 0x01, 0x61, 0x81, 0xb1,
                               0x02, 0x03, 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54,
                               0x5c, 0x64, 0x6c, 0x74, 0x7c, 0x84, 0x94, 0x9c, 0xa4, 0xac, 0x05, 0x15, 0x1d,
                               0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d, 0x06, 0x16, 0x07, 0x87};
  Program program;
  for (u32 i = 0; i < kBpfMemory; i++) program.push_back({kSt, 0, 0, i});
  const u32 length = 20 + random() % 40;
  while (program.size() < length) {
    const u32 behind = length - static_cast<u32>(program.size());
    const u16 code = kCodes[random() % (random() % 4 != 0 ? 46 : std::size(kCodes))];
    const u32 k = random() % 3 != 0 ? random() % 32 : static_cast<u32>(random());
    program.push_back({code, static_cast<u8>(random() % behind), static_cast<u8>(random() % behind), k});
    if (code == kJmp) program.back().k = random() % behind;
  }
  program.push_back({kRet | kA, 0, 0, 0});
  return program;
}

std::vector<u8> small_packet(std::mt19937& random) {
  std::vector<u8> p(random() % 16 == 0 ? random() % 20 : 20);
  for (u8& byte : p) byte = random() % 4 == 0 ? 1 : 0;
  return p;
}

static BpfInsn random_load(std::mt19937& form) {
  static const u16 kLoads[] = {kLd | kByte | kAbs, kLd | kByte | kAbs, kLd | kHalf | kAbs,
                               kLd | kByte | kInd};
  return {kLoads[form() % 4], 0, 0, static_cast<u32>(form() % 6)};
}

// The last instruction refuses, the one before accepts.
Program random_predicate(u32 seed, std::mt19937& random) {
  std::mt19937 form(seed);
  const u32 length = 4 + form() % 20;
  Program program;
  while (program.size() + 2 < length) {
    const u32 behind = length - static_cast<u32>(program.size()) - 1;
    const u8 near = static_cast<u8>(form() % (behind < 4 ? behind : 4));
    const u8 refuse = static_cast<u8>(behind - 1);
    const u32 constant = random() % 3 == 0 ? 1 : 0;
    switch (form() % 8) {
      case 0:
        program.push_back(
            {kJmp | kJeq, near, static_cast<u8>(form() % behind), static_cast<u32>(form() % 2)});
        break;
      case 1:
        program.push_back({kJmp | kJgt, near, refuse, static_cast<u32>(form() % 2)});
        break;
      case 2:
        program.push_back({form() % 2 != 0 ? u16{kMisc | kTax} : u16{kAlu | kAnd}, 0, 0, 1});
        break;
      case 3:
      case 4:
      case 5:
        program.push_back({kJmp | kJeq, near, refuse, constant});
        break;
      default:
        program.push_back(random_load(form));
        break;
    }
  }
  const bool answers_a = form() % 8 == 0;
  program.push_back({answers_a ? u16{kRet | kA} : kRet, 0, 0, 1});
  program.push_back({kRet, 0, 0, 0});
  return program;
}

}  // namespace test
