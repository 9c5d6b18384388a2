#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace doors::ctl {

/// One value of what `--json` prints: nothing, a truth value, a number, a text, a list or an object whose
/// members keep their order. Built by the commands, written by to_json(), so that the JSON library stays in
/// one file.
class Value {
 public:
  using List = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;

  Value() = default;
  // NOLINTBEGIN(google-explicit-constructor): an object is written as a list of plain values
  Value(bool flag) : held_(flag) {}
  Value(std::uint64_t number) : held_(number) {}
  Value(std::uint32_t number) : held_(std::uint64_t{number}) {}
  Value(double number) : held_(number) {}
  Value(std::string text) : held_(std::move(text)) {}
  Value(std::string_view text) : held_(std::string(text)) {}
  Value(const char* text) : held_(std::string(text)) {}
  Value(List list) : held_(std::move(list)) {}
  Value(Object object) : held_(std::move(object)) {}
  // NOLINTEND(google-explicit-constructor)

  using Held = std::variant<std::monostate, bool, std::uint64_t, double, std::string, List, Object>;
  [[nodiscard]] const Held& held() const noexcept { return held_; }

 private:
  Held held_;
};

/// RFC 8259 text, indented by two blanks, without a newline at its end. Octets that are no UTF-8 come out as
/// U+FFFD.
[[nodiscard]] std::string to_json(const Value& value);

}  // namespace doors::ctl
