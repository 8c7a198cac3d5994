// SPDX-License-Identifier: MIT
// Decision: from a request and what there is to what is answered, in the order of RFC 9110, 13.2.2:
// conditions first, ranges last. Which alternative (AcceptEncoding::choose) comes before it, because
// each has its own validators and length.
#pragma once
#include "http/parser.hpp"

namespace http {

struct Decision {
  u16 status;           // 200, 206, 304, 412, 416
  Selection selection;  // of 206: its ranges
};

// For a GET or HEAD that is done, of a file that is there.
void decide(const Parser& request, const Validators& current, u64 length, Decision& decision);

}  // namespace http
