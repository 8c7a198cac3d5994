// SPDX-License-Identifier: MIT
#include "kernel/drivers/msix.hpp"

#include "kernel/arch/x86_64/interrupt.hpp"

namespace drivers {
namespace {

constexpr u16 kMsixEnable = 1 << 15;
constexpr u16 kFunctionMask = 1 << 14;
constexpr u32 kEntryBytes = 16;  // address low, address high, data, vector control
constexpr u32 kMasked = 1;

}  // namespace

bool Msix::open(pci::Function function) {
  const u8 at = function.capability(pci::kCapMsix);
  if (at == 0) return false;
  const u8 control_at = static_cast<u8>(at + 2);
  const u16 control = function.read16(control_at);
  const u32 where = function.read32(static_cast<u8>(at + 4));
  const u32 count = (control & 0x7ffu) + 1;
  table_ = function.map_bar(where & 7, where & ~7u, count * kEntryBytes);
  if (table_.length() == 0) return false;
  entries_ = count;

  function.write16(control_at, control | kMsixEnable | kFunctionMask);
  for (u32 i = 0; i < count; i++) table_.write<u32>(i * kEntryBytes + 12, kMasked);
  function.write16(control_at, static_cast<u16>((control | kMsixEnable) & ~kFunctionMask));
  return true;
}

void Msix::route(u32 index, u8 vector, u32 cpu) const {
  const arch::MsiMessage message = arch::msi_message(vector, cpu);
  const Window entry = table_.from(index * kEntryBytes);
  entry.write<u32>(12, kMasked);
  entry.write<u32>(0, static_cast<u32>(message.address));
  entry.write<u32>(4, static_cast<u32>(message.address >> 32));
  entry.write<u32>(8, message.data);
  entry.write<u32>(12, 0);
}

}  // namespace drivers
