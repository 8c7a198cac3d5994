// SPDX-License-Identifier: MIT
// Small functions whose goals are known to be true or false, for test_prover.py. Not part of the kernel.
using u8 = unsigned char;
using u32 = unsigned;
using u64 = unsigned long;

struct Pair {
  u32 low;
  u32 high;
};

extern "C" {

extern u32 table[16];
extern Pair pairs[8];
extern u8 bytes[64];

u32 table[16];
Pair pairs[8];
u8 bytes[64];

u32 masked_index(u32 i) { return table[i & 15]; }
u32 open_index(u32 i) { return table[i]; }
u32 divide(u32 a, u32 b) { return a / b; }
u32 divide_checked(u32 a, u32 b) { return b == 0 ? 0 : a / b; }
int signed_sum(int a, int b) { return a + b; }
u32 shift_selected(u32 a, u32 b) { return b < 32 ? a << b : 0; }
u32 shift_open(u32 a, u32 b) { return a << b; }

void set_low(u32 i, u32 v) { pairs[i & 7].low = v; }
void copy_pair(u32 to, u32 from) { pairs[to & 7] = pairs[from & 7]; }
[[gnu::noinline]] void set_high(Pair* pair, u32 v) { pair->high = v; }
void set_high_of(u32 i, u32 v) { set_high(&pairs[i & 7], v); }
void set_either(u32 i, u32 v) { *(v != 0 ? &table[i & 15] : &pairs[i & 7].low) = v; }
extern Pair* somewhere;
Pair* somewhere;
void set_somewhere(u32 v) { somewhere->low = v; }
void clear_bytes(u32 half) {
  if (half != 0) {
    __builtin_memset(&bytes[32], 0, 32);
  } else {
    __builtin_memset(&bytes[0], 0, 32);
  }
}
u32 wide_read(u32 i) {
  const u8* p = &bytes[i & 31];
  return static_cast<u32>(p[0]) << 8 | p[1];
}

u32 sum_to(u32 n) {
  u32 sum = 0;
  for (u32 i = 0; i < n; i++) sum += 2;
  return sum;
}
u32 find(u32 x) {
  for (u32 i = 0; i < 10; i++)
    if (table[i] == x) return i;
  return 10;
}
u32 count_up() {
  u32 n = 0;
  for (u32 i = 0; i < 10; i++) n += table[i] != 0;
  return n;
}
void stuck(u32 n) {
  while (n != 7) n = n > 100 ? n : n + 1;
}

// Functions that answer 0 or an error: those with `late` in their name may do so after a change.
[[gnu::noinline]] u64 book(u32 n) {
  if (n > table[0]) return 1;
  table[0] -= n;
  return 0;
}
u64 book_late(u32 n) {
  table[0] -= n;
  return n > 100 ? 1 : 0;
}
u64 book_then_set(u32 n) {
  const u64 status = book(n);
  if (status != 0) return status;
  pairs[0].low = n;
  return 0;
}
u64 book_twice_late(u32 n) {
  const u64 status = book(n);
  return status != 0 ? status : book(n);
}
u64 book_if(u32 n) {
  const u64 status = n < table[2] ? 0 : 2;
  if (status == 0) table[1] = n;
  return status;
}
u64 look_then_set(u32 n) {
  for (u32 i = 0; i < 16; i++)
    if (table[i] == n) return 1;
  table[1] = n;
  return 0;
}
u64 look_and_set_late(u32 n) {
  for (u32 i = 0; i < 16; i++) {
    if (table[i] == n) return 1;
    table[i] = n;
  }
  return 0;
}
u64 last_of_many_late(u32 n) {
  u64 status = 0;
  for (u32 i = 0; i < n; i++) status = book(i);
  return status;
}

// Known to its callers only by its contract.
[[gnu::noinline]] u32 take(Pair* pair, u32 n) {
  if (n > pair->high) return 0;
  pair->high -= n;
  return n;
}
u32 take_twice(u32 i, u32 n) {
  const u32 first = take(&pairs[i & 7], n);
  return first + take(&pairs[i & 7], n - first);
}
// Keeps an invariant of table[0], which one way through the callers breaks before it is called.
[[gnu::noinline]] void tidy() { bytes[0] = 0; }
void tidy_either(u32 way, u32 more) {
  if (way != 0) {
    table[0] = 99;
    if (more != 0) tidy();
  } else {
    tidy();
  }
}
void tidy_other(u32 way, u32 more) {
  if (way == 0) {
    tidy();
  } else {
    table[0] = 99;
    if (more != 0) tidy();
  }
}
u32 take_far(u32 i, u32 n) { return take(&pairs[i], n); }

u32 through_volatile(volatile u32* p) { return *p; }
u32 through_pointer(u32 (*f)(u32)) { return f(1); }
u32 atomic_read() { return __atomic_load_n(&table[0], __ATOMIC_ACQUIRE); }
}
