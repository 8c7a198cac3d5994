// SPDX-License-Identifier: MIT
// PCI configuration space by mechanism #1 (PCI Local Bus Specification 3.0, 3.2.2.3.2): which
// functions there are, their base addresses and capabilities.
#pragma once
#include "base/text.hpp"
#include "kernel/drivers/registers.hpp"

namespace drivers::pci {
using namespace abi;

// Offsets in the configuration header (PCI 3.0, 6.1).
inline constexpr u8 kVendor = 0x00;
inline constexpr u8 kCommand = 0x04;
inline constexpr u8 kClass = 0x08;  // revision in the low byte, class code above
inline constexpr u8 kHeaderType = 0x0e;
inline constexpr u8 kBars = 0x10;
inline constexpr u8 kCapabilities = 0x34;

inline constexpr u8 kCapMsix = 0x11;
inline constexpr u8 kCapVendor = 0x09;

// One function of a device. A plain name: copying it is free.
class Function {
 public:
  constexpr Function() = default;
  constexpr Function(u8 bus, u8 device, u8 function)
      : name_(static_cast<u32>(bus) << 16 | static_cast<u32>(device) << 11 |
              static_cast<u32>(function) << 8) {}

  u8 bus() const { return static_cast<u8>(name_ >> 16); }
  u8 device() const { return name_ >> 11 & 31; }
  u8 function() const { return name_ >> 8 & 7; }

  u32 read32(u8 offset) const;  // aligned offsets
  u16 read16(u8 offset) const;
  u8 read8(u8 offset) const;
  void write32(u8 offset, u32 value) const;
  void write16(u8 offset, u16 value) const;

  u16 vendor() const { return read16(kVendor); }
  u16 device_id() const { return read16(kVendor + 2); }
  u32 class_code() const { return read32(kClass) >> 8; }  // class, subclass, interface

  // Offset of the first capability `id` behind the one at `after` (0: from the start); 0 if none.
  u8 capability(u8 id, u8 after = 0) const;

  // Maps bytes [offset, offset + length) of memory BAR `index`; length 0 means to its end. An empty
  // window if it is no memory BAR, has no address from the firmware, or is shorter.
  Window map_bar(u8 index, u64 offset, u64 length) const;

  // Memory decoding and bus mastering on, INTx off.
  void enable() const;
  // No more DMA and no more message-signalled interrupts.
  void stop_dma() const;

 private:
  u32 name_ = 0;  // in the form of CONFIG_ADDRESS
};

// "00:03.0"
void put_name(Function function, base::Text& text);

// Whether a host bridge answers.
bool present();

// Calls `visit` for every function of buses 0..255 in order. Only if present().
void each_function(void (*visit)(Function));

}  // namespace drivers::pci
