#pragma once

#include <string>
#include <utility>
#include <vector>

#include "zones/dns/name.h"
#include "zones/load/problem.h"

namespace doors {

/// One cause that may be found at many names: kept as the first and a count, told as one problem.
class Finding {
 public:
  /// Notes it at one more name; `what` words it for the first.
  template <class Words>
  void note(NameView owner, Words&& what) {
    if (count_++ > 0) return;
    owner_ = owner.to_string();
    message_ = std::forward<Words>(what)();
  }
  [[nodiscard]] bool found() const noexcept { return count_ > 0; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Appends the problem if there is one; `noun` is what was counted, in the plural.
  void tell(Gate gate, std::string_view noun, std::vector<Problem>& problems, bool error = true) const {
    if (count_ == 0) return;
    Problem problem;
    problem.error = error;
    problem.gate = gate;
    problem.owner = owner_;
    problem.message = message_;
    if (count_ > 1) problem.message += " (" + std::to_string(count_) + " " + std::string(noun) + " in all)";
    problems.push_back(std::move(problem));
  }

 private:
  std::size_t count_ = 0;
  std::string owner_;
  std::string message_;
};

}  // namespace doors
