// SPDX-License-Identifier: MIT
// The two documents that status serves, written from a snapshot.
#pragma once
#include "apps/status/ledger.hpp"
#include "base/text.hpp"

namespace status {

void write_json(base::Text& text, const Ledger& ledger, const Snapshot& snapshot);
void write_html(base::Text& text, const Ledger& ledger, const Snapshot& snapshot);

}  // namespace status
