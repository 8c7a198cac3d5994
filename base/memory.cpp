// SPDX-License-Identifier: MIT
#include "base/memory.hpp"

// REP MOVSB/STOSB are one instruction and fast on every processor since 2012 (ERMS), but an
// emulator counts and pays per iteration: move eight bytes at a time and only the rest singly.
extern "C" {

void* memcpy(void* to, const void* from, unsigned long count) noexcept {
  void* result = to;
  unsigned long words = count / 8;
  unsigned long rest = count % 8;
  asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
  return result;
}

void* memmove(void* to, const void* from, unsigned long count) noexcept {
  auto* d = static_cast<char*>(to);
  const auto* s = static_cast<const char*>(from);
  if (reinterpret_cast<unsigned long>(d) - reinterpret_cast<unsigned long>(s) >= count)
    return memcpy(to, from, count);
  while (count-- > 0) {  // overlapping with the target above: copy downwards
    d[count] = s[count];
    asm volatile("" : : : "memory");  // or GCC turns the loop into a call of memmove
  }
  return to;
}

void* memset(void* to, int value, unsigned long count) noexcept {
  void* result = to;
  const unsigned long pattern = 0x0101010101010101ul * static_cast<unsigned char>(value);
  unsigned long words = count / 8;
  unsigned long rest = count % 8;
  asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
  asm volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
  return result;
}

int memcmp(const void* a, const void* b, unsigned long count) noexcept {
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  for (unsigned long i = 0; i < count; i++)
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  return 0;
}

unsigned long strlen(const char* s) noexcept {
  unsigned long n = 0;
  while (s[n] != 0) {
    n++;
    asm volatile("" : : : "memory");
  }
  return n;
}

// What std::string_view::find calls; not in the header, because hosted C++ declares it differently.
const void* memchr(const void* s, int value, unsigned long count) noexcept;
const void* memchr(const void* s, int value, unsigned long count) noexcept {
  const auto* p = static_cast<const unsigned char*>(s);
  for (; count > 0; p++, count--)
    if (*p == static_cast<unsigned char>(value)) return p;
  return nullptr;
}
}
