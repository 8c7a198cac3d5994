// SPDX-License-Identifier: MIT
#include "apps/intruder/attack.hpp"

#include "core/console.hpp"

namespace intruder {

void Trial::status(Status got) {
  tries_++;
  bool right = got != Status::Ok;
  if (expected_.kind == Expected::Kind::Error) right = got == expected_.status;
  if (expected_.kind == Expected::Kind::Survival) right = true;
  if (wrong_ || (right && tries_ > 1)) return;
  wrong_ = !right;
  status_ = got;
}

void Trial::fault(u64 vector) {
  tries_++;
  const bool right =
      expected_.kind == Expected::Kind::Fault ? vector == expected_.vector : vector != kNoFault;
  if (wrong_ || (right && tries_ > 1)) return;
  wrong_ = !right;
  vector_ = vector;
}

void Trial::report(const char* name) const {
  core::Line line;
  base::Text& text = line.text();
  text.put("attack ").put(name).put(": ");
  if (gain_ != nullptr) {
    text.put("SUCCEEDED (").put(gain_).put(')');
    return;
  }
  const bool by_exception = vector_ != kNoFault;
  if (wrong_ && status_ == Status::Ok && !by_exception) {
    text.put("SUCCEEDED (");
  } else {
    text.put(wrong_ ? "WRONG ANSWER (" : "refused (");
  }
  if (by_exception) {
    text.put("exception ").dec(vector_);
  } else if (expected_.kind == Expected::Kind::Survival) {
    text.put("nothing gained");
  } else {
    text.put(status_name(status_));
  }
  if (wrong_ && expected_.kind == Expected::Kind::Error)
    text.put(" instead of ").put(status_name(expected_.status));
  if (wrong_ && expected_.kind == Expected::Kind::Fault)
    text.put(" instead of exception ").dec(expected_.vector);
  if (tries_ > 1) text.put(", ").dec(tries_).put(" tries");
  text.put(')');
}

void Score::count(const char* name, const Trial& trial) {
  attacks++;
  if (trial.refused()) refused++;
  trial.report(name);
}

}  // namespace intruder
