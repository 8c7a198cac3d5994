// SPDX-License-Identifier: MIT
// Request targets (RFC 9112, 3.2; RFC 3986): from what a client wrote to a path to look up.
#pragma once
#include <string_view>

#include "abi/types.hpp"

namespace http {

using namespace abi;

// Turns the target in `text` (origin-form, or absolute-form with "http://") into a normalised path in
// place: query cut off, percent-decoded, "//", "/./" and "/../" resolved. Answers the path's length, or
// 0 if the target is malformed, climbs above the root, or holds a NUL or another control character.
u32 normalise_target(char* text, u32 length);

}  // namespace http
