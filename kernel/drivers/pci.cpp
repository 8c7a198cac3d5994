// SPDX-License-Identifier: MIT
#include "kernel/drivers/pci.hpp"

#include "kernel/arch/x86_64/port.hpp"

namespace drivers::pci {
namespace {

constexpr u16 kAddressPort = 0xcf8;
constexpr u16 kDataPort = 0xcfc;
constexpr u32 kEnable = 0x80000000;

constexpr u16 kMemoryDecoding = 1 << 1;
constexpr u16 kBusMaster = 1 << 2;
constexpr u16 kInterruptDisable = 1 << 10;
constexpr u32 kStatusCapabilities = 1 << 20;  // of command and status read together

struct Bar {
  u64 physical = 0;
  u64 length = 0;
};

// Lengths are found by writing ones and reading which stick (PCI 3.0, 6.2.5.1). Decoding is off
// meanwhile, so that the device does not answer somewhere else.
Bar probe_bar(Function f, u8 index) {
  const u8 offset = static_cast<u8>(kBars + 4 * index);
  const u32 low = f.read32(offset);
  const bool wide = (low & 6) == 4;
  if ((low & 1) != 0 || index > (wide ? 4 : 5)) return {};
  const u8 offset_high = static_cast<u8>(offset + 4);
  const u32 high = wide ? f.read32(offset_high) : 0;

  const u16 command = f.read16(kCommand);
  f.write16(kCommand, command & static_cast<u16>(~kMemoryDecoding));
  f.write32(offset, ~0u);
  u64 mask = 0xffffffff00000000ul | (f.read32(offset) & ~15u);
  f.write32(offset, low);
  if (wide) {
    f.write32(offset_high, ~0u);
    mask = static_cast<u64>(f.read32(offset_high)) << 32 | (mask & 0xffffffff);
    f.write32(offset_high, high);
  }
  f.write16(kCommand, command);
  return Bar{static_cast<u64>(high) << 32 | (low & ~15u), ~mask + 1};
}

}  // namespace

u32 Function::read32(u8 offset) const {
  arch::out32(kAddressPort, kEnable | name_ | (offset & 0xfcu));
  return arch::in32(kDataPort);
}
u16 Function::read16(u8 offset) const { return static_cast<u16>(read32(offset) >> 8 * (offset & 2)); }
u8 Function::read8(u8 offset) const { return static_cast<u8>(read32(offset) >> 8 * (offset & 3)); }
void Function::write32(u8 offset, u32 value) const {
  arch::out32(kAddressPort, kEnable | name_ | (offset & 0xfcu));
  arch::out32(kDataPort, value);
}
void Function::write16(u8 offset, u16 value) const {
  arch::out32(kAddressPort, kEnable | name_ | (offset & 0xfcu));
  arch::out16(static_cast<u16>(kDataPort + (offset & 2)), value);
}

u8 Function::capability(u8 id, u8 after) const {
  if ((read32(kCommand) & kStatusCapabilities) == 0) return 0;
  u8 at = read8(after == 0 ? kCapabilities : static_cast<u8>(after + 1)) & 0xfc;
  // A broken list may be a ring: there is room for 48 capabilities.
  for (u32 i = 0; at != 0 && i < 48; i++) {
    if (read8(at) == id) return at;
    at = read8(static_cast<u8>(at + 1)) & 0xfc;
  }
  return 0;
}

Window Function::map_bar(u8 index, u64 offset, u64 length) const {
  if (index > 5) return {};
  const Bar bar = probe_bar(*this, index);
  if (bar.physical == 0 || bar.length == 0 || offset >= bar.length) return {};
  if (length == 0) length = bar.length - offset;
  if (length > bar.length - offset) return {};
  return map_registers(bar.physical + offset, length);
}

void Function::enable() const {
  write16(kCommand, read16(kCommand) | kMemoryDecoding | kBusMaster | kInterruptDisable);
}

void Function::stop_dma() const { write16(kCommand, read16(kCommand) & static_cast<u16>(~kBusMaster)); }

void put_name(Function function, base::Text& text) {
  text.hex(function.bus(), 2).put(':').hex(function.device(), 2).put('.').dec(function.function());
}

bool present() {
  arch::out32(kAddressPort, kEnable);
  if (arch::in32(kAddressPort) != kEnable) return false;
  return Function(0, 0, 0).vendor() != 0xffff;
}

void each_function(void (*visit)(Function)) {
  for (u32 bus = 0; bus < 256; bus++) {
    for (u8 device = 0; device < 32; device++) {
      const Function first(static_cast<u8>(bus), device, 0);
      if (first.vendor() == 0xffff) continue;
      const u8 functions = (first.read8(kHeaderType) & 0x80) != 0 ? 8 : 1;
      for (u8 i = 0; i < functions; i++) {
        const Function f(static_cast<u8>(bus), device, i);
        if (f.vendor() != 0xffff) visit(f);
      }
    }
  }
}

}  // namespace drivers::pci
