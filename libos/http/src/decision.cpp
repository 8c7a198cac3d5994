// SPDX-License-Identifier: MIT
#include "http/decision.hpp"

namespace http {

void decide(const Parser& request, const Validators& current, u64 length, Decision& decision) {
  decision.selection.kind = Selection::Kind::Whole;
  decision.selection.count = 0;
  decision.status = 200;
  const Verdict verdict = request.conditions().evaluate(current);
  if (verdict != Verdict::Proceed) {
    decision.status = verdict == Verdict::Failed ? 412 : 304;
    return;
  }
  // Ranges are defined for GET only (14.2).
  if (request.method() != Method::Get || !request.range().present()) return;
  if (!request.conditions().range_applies(current)) return;
  request.range().select(length, decision.selection);
  if (decision.selection.kind == Selection::Kind::Parts) decision.status = 206;
  if (decision.selection.kind == Selection::Kind::Unsatisfied) decision.status = 416;
}

}  // namespace http
