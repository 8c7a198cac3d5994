// SPDX-License-Identifier: MIT
#include "kernel/console.hpp"

#include "base/memory.hpp"
#include "kernel/arch/x86_64/serial.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/log.hpp"

namespace kernel {

namespace {

constexpr u32 kLine = 240;
struct Buffer {
  u32 length;
  char text[kLine];
};
constinit Buffer buffers[kMaxEnvs]{};

void send(const char* name, const char* text, u64 length) {
  arch::serial_write(name, strlen(name));
  arch::serial_write("| ", 2);
  arch::serial_write(text, length);
  arch::serial_write("\r\n", 2);
}

// What a terminal would take as a command must not come from an environment.
char printable(char c) {
  const auto byte = static_cast<u8>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t' ? c : '?';
}

}  // namespace

void console_append(u16 env, const char* text, u32 length) {
  Buffer& buffer = buffers[env];
  for (u32 i = 0; i < length; i++) {
    if (text[i] != '\n') buffer.text[buffer.length++] = printable(text[i]);
    if (text[i] == '\n' || buffer.length == kLine) {
      send(envs[env].name, buffer.text, buffer.length);
      buffer.length = 0;
    }
  }
}

void console_finish(u16 env) {
  if (buffers[env].length != 0) console_append(env, "\n", 1);
}

Log::Log(const char* topic) { text_.put(topic).put(": "); }
Log::~Log() { send("aegis", text_.data(), text_.size()); }

}  // namespace kernel
