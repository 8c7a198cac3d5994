// SPDX-License-Identifier: MIT
#include "kernel/drivers/command_line.hpp"

namespace drivers {
namespace {

constexpr const char kWord[] = "virtio_mmio.device=";

u32 digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<u32>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<u32>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<u32>(c - 'A' + 10);
  return 16;
}

// A number as C writes it, decimal or 0x hexadecimal. False if there is none or it does not fit.
bool number(const char** at, u64* value) {
  const char* p = *at;
  const bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
  const u32 radix = hex ? 16 : 10;
  if (hex) p += 2;
  const char* first = p;
  *value = 0;
  for (; digit(*p) < radix; p++) {
    if (__builtin_mul_overflow(*value, radix, value) || __builtin_add_overflow(*value, digit(*p), value))
      return false;
  }
  *at = p;
  return p != first;
}

bool expect(const char** at, char c) {
  if (**at != c) return false;
  ++*at;
  return true;
}

bool word_ends(char c) { return c == 0 || c == ' ' || c == '\t' || c == '\n'; }

// What follows the equals sign.
bool parse(const char* p, MmioBlock* block) {
  u64 size = 0, gsi = 0, id = 0;
  if (!number(&p, &size)) return false;
  if (*p == 'K' || *p == 'k' || *p == 'M' || *p == 'm') p++;
  if (!expect(&p, '@') || !number(&p, &block->address)) return false;
  if (!expect(&p, ':') || !number(&p, &gsi)) return false;
  if (*p == ':' && !(expect(&p, ':') && number(&p, &id))) return false;
  if (!word_ends(*p) || block->address == 0 || gsi > 0xffff) return false;
  block->gsi = static_cast<u32>(gsi);
  return true;
}

bool starts_with_word(const char* p) {
  for (u32 i = 0; kWord[i] != 0; i++) {
    if (p[i] != kWord[i]) return false;
  }
  return true;
}

}  // namespace

bool next_mmio_device(const char** at, MmioBlock* block) {
  while (**at != 0) {
    const char* word = *at;
    while (!word_ends(**at)) ++*at;
    while (**at != 0 && word_ends(**at)) ++*at;
    if (starts_with_word(word) && parse(word + sizeof kWord - 1, block)) return true;
  }
  return false;
}

}  // namespace drivers
