// SPDX-License-Identifier: MIT
#include "kernel/console.hpp"

#include "base/memory.hpp"
#include "kernel/arch/x86_64/serial.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/log.hpp"

namespace kernel {

namespace {

constexpr u32 kLine = 240;   // characters; a longer line is broken
constexpr u32 kSize = 2048;  // bytes of a buffer, a power of two
constexpr u32 kBuffers = kMaxEnvs + 1;

constinit u32 waiting = 0;  // complete lines in all buffers

// A ring of characters in which every complete line ends with '\n'.
struct Buffer {
  u32 head, tail;  // read and write positions, only growing
  u32 column;      // characters of the line that is not complete
  u32 lines;       // complete lines
  char name[16];   // of who wrote last: it may be reaped before its lines are out
  char text[kSize];

  u32 room() const { return kSize - (tail - head); }
  void put(char c) {
    text[tail++ % kSize] = c;
    column = c == '\n' ? 0 : column + 1;
    if (c == '\n') lines++, waiting++;
  }
};
constinit Buffer buffers[kBuffers]{};

// The line that is going out, with its name in front.
struct Sender {
  u32 from;  // buffer of the last line
  u32 length, sent;
  char text[kLine + 32];
};
constinit Sender sender{};

// What a terminal would take as a command must not come from an environment.
char printable(char c) {
  const auto byte = static_cast<u8>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t' ? c : '?';
}

// Takes the next complete line, from the buffers in turn. False if there is none.
bool next_line() {
  if (waiting == 0) return false;  // which is nearly always so, and asked after every call
  for (u32 i = 1; i <= kBuffers; i++) {
    const u32 index = (sender.from + i) % kBuffers;
    Buffer& buffer = buffers[index];
    if (buffer.lines == 0) continue;
    sender.from = index;
    base::Text text(sender.text, sizeof sender.text);
    text.put(index == kConsoleKernel ? "aegis" : buffer.name).put("| ");
    for (char c; (c = buffer.text[buffer.head++ % kSize]) != '\n';) text.put(c);
    buffer.lines--, waiting--;
    text.put("\r\n");
    sender.length = static_cast<u32>(text.size());
    sender.sent = 0;
    return true;
  }
  return false;
}

}  // namespace

Status console_append(u16 env, const char* text, u32 length) {
  Buffer& buffer = buffers[env];
  if (length + length / kLine + 2 > buffer.room()) return Status::NoSpace;
  if (env != kConsoleKernel) memcpy(buffer.name, envs[env].name, sizeof buffer.name);
  for (u32 i = 0; i < length; i++) {
    if (buffer.column == kLine) buffer.put('\n');
    buffer.put(text[i] == '\n' ? '\n' : printable(text[i]));
  }
  return Status::Ok;
}

void console_finish(u16 env) {
  if (buffers[env].column != 0) buffers[env].put('\n');  // console_append leaves room for it
}

bool console_pump(u32 budget) {
  while (budget > 0) {
    if (sender.sent == sender.length && !next_line()) return false;
    const u32 left = sender.length - sender.sent;
    const u32 taken = arch::serial_try_write(sender.text + sender.sent, left < budget ? left : budget);
    if (taken == 0) return true;
    sender.sent += taken;
    budget -= taken;
  }
  return true;
}

void console_drain() {
  for (u32 i = 0; i < 1000000 && console_pump(kSize); i++) {
  }
  arch::serial_flush();
}

Log::Log(const char* topic) { text_.put(topic).put(": "); }
Log::~Log() {
  text_.put('\n');
  if (console_append(kConsoleKernel, text_.data(), static_cast<u32>(text_.size())) == Status::Ok) return;
  console_drain();
  console_append(kConsoleKernel, text_.data(), static_cast<u32>(text_.size()));
}

}  // namespace kernel
