// SPDX-License-Identifier: MIT
// Strong<Tag, Raw>: a number that cannot be mixed up with another kind of number.
#pragma once

namespace base {

template <class Tag, class Raw>
class Strong {
 public:
  constexpr Strong() = default;
  explicit constexpr Strong(Raw raw) : raw_(raw) {}
  constexpr Raw raw() const { return raw_; }
  friend constexpr bool operator==(Strong, Strong) = default;
  friend constexpr auto operator<=>(Strong, Strong) = default;

 private:
  Raw raw_{};
};

}  // namespace base
