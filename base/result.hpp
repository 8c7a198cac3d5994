// SPDX-License-Identifier: MIT
// A value or the Status that says why there is none. TRY unwraps one or returns its error from the
// enclosing function.
#pragma once
#include "abi/status.hpp"

namespace base {

using abi::Status;

template <class T>
class [[nodiscard]] Result {
 public:
  constexpr Result(T value) : value_(value), status_(Status::Ok) {}
  constexpr Result(Status error) : value_{}, status_(error) {}  // error != Ok
  constexpr bool ok() const { return status_ == Status::Ok; }
  constexpr Status status() const { return status_; }
  constexpr T value() const { return value_; }  // meaningful only if ok()

 private:
  T value_;
  Status status_;
};

}  // namespace base

// Statement expressions are GNU C++, which both supported compilers take.
#define TRY(expression)                               \
  __extension__({                                     \
    auto try_result = (expression);                   \
    if (!try_result.ok()) return try_result.status(); \
    try_result.value();                               \
  })
// The same for an expression of type Status.
#define TRY_STATUS(expression)                              \
  do {                                                      \
    const ::abi::Status try_status = (expression);          \
    if (try_status != ::abi::Status::Ok) return try_status; \
  } while (0)
