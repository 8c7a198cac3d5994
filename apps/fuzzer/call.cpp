// SPDX-License-Identifier: MIT
#include "apps/fuzzer/call.hpp"

#include "core/console.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace fuzzer {

constinit Run run{};

namespace {

constexpr u32 kRemembered = 16;
constexpr u64 kPatience = 60 * core::kSecond;  // of Again: another CPU may not be running just now

struct Past {
  u64 number;
  u64 args[6];
  Answer answer;
};
constinit Past past[kRemembered]{};

Past& next_past() { return past[run.calls++ % kRemembered]; }

void print(const Past& p, u64 number) {
  core::Line line;
  base::Text& text = line.text();
  text.put("  ").dec(number).put(": call ").dec(p.number).put('(');
  for (const u64 word : p.args) text.hex(word).put(' ');
  text.put(") ").put(status_name(p.answer.status)).put(' ').hex(p.answer.value);
}

}  // namespace

Answer call(Call number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  Past& p = next_past();
  p = {static_cast<u64>(number), {a, b, c, d, e, f}, {}};
  register u64 r10 asm("r10") = d;
  register u64 r8 asm("r8") = e;
  register u64 r9 asm("r9") = f;
  u64 status, value = c;
  asm volatile("syscall"
               : "=a"(status), "+d"(value), "+r"(r10), "+r"(r8), "+r"(r9)
               : "a"(number), "D"(a), "S"(b)
               : "rcx", "r11", "memory");
  p.answer = {static_cast<Status>(status), value};
  return p.answer;
}

void note(Call number, u64 a, u64 b, u64 c, const Answer& answer) {
  next_past() = {static_cast<u64>(number), {a, b, c, 0, 0, 0}, answer};
}

Answer call_until_done(Call number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  const u64 end = core::now() + kPatience;
  for (u32 i = 0; i % 1024 != 1023 || core::now() < end; i++) {
    const Answer answer = call(number, a, b, c, d, e, f);
    if (answer.status != Status::Again) return answer;
    run.calls--;                          // it was no other call than the next
    if (i % 4096 == 4095) core::yield();  // what it waits for may want this CPU
    __builtin_ia32_pause();
  }
  fail("Again without end", static_cast<u64>(number));
}

bool expect(const Answer& answer, Allowed allowed, const char* what) {
  const i64 status = -static_cast<i64>(answer.status);
  if (status < 0 || status >= static_cast<i64>(kStatusCount))
    fail("a status that does not exist", answer.value);
  if ((allowed >> status & 1) == 0) fail(what);
  return answer.status == Status::Ok;
}

void expect_refused(const Answer& answer, const char* what) {
  expect(answer, kError, what);
  run.refused++;
}

void fail(const char* what, u64 detail) {
  core::Line()
      .text()
      .put("FAIL ")
      .put(what)
      .put(" (")
      .hex(detail)
      .put("), seed ")
      .dec(run.seed)
      .put(", call ")
      .dec(run.calls);
  for (u64 i = run.calls > kRemembered ? run.calls - kRemembered : 0; i < run.calls; i++)
    print(past[i % kRemembered], i + 1);
  core::exit(1);
}

}  // namespace fuzzer
