// SPDX-License-Identifier: MIT
// Names for addresses of kernel code, from the table that the image tool puts into the boot archive.
#pragma once
#include "base/archive.hpp"
#include "base/text.hpp"

namespace kernel {

void symbols_start(base::Bytes table);
// Appends "function+offset", or nothing when it is not known.
void symbol_of(abi::u64 address, base::Text& text);

}  // namespace kernel
