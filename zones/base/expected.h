#pragma once

#include <cassert>
#include <type_traits>
#include <utility>
#include <variant>

namespace doors {

/// The error half of an Expected: `return Unexpected(Error{...});`. Member names of C++23's std::unexpected.
template <class E>
class Unexpected {
 public:
  constexpr explicit Unexpected(E error) : error_(std::move(error)) {}
  [[nodiscard]] constexpr const E& error() const& noexcept { return error_; }
  [[nodiscard]] constexpr E&& error() && noexcept { return std::move(error_); }

 private:
  E error_;
};

/// A value, or why there is none: wrong outside input is a value, never an exception. Member names of C++23's
/// std::expected, which g++ 12 does not have; asking for the half that is not there is a programmer's
/// mistake.
template <class T, class E>
class [[nodiscard]] Expected {
 public:
  using value_type = T;
  using error_type = E;

  template <class U = T>
  requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, Expected>)
      // NOLINTNEXTLINE(google-explicit-constructor): as std::expected, so that `return value;` works
      constexpr Expected(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  template <class F>
  requires std::is_constructible_v<E, F&&>
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
  constexpr Expected(Unexpected<F> error) : state_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return state_.index() == 0; }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] constexpr T& value() & noexcept { return (assert(has_value()), *std::get_if<0>(&state_)); }
  [[nodiscard]] constexpr const T& value() const& noexcept {
    return (assert(has_value()), *std::get_if<0>(&state_));
  }
  [[nodiscard]] constexpr T&& value() && noexcept {
    return (assert(has_value()), std::move(*std::get_if<0>(&state_)));
  }
  [[nodiscard]] constexpr const E& error() const& noexcept {
    return (assert(!has_value()), *std::get_if<1>(&state_));
  }
  [[nodiscard]] constexpr E&& error() && noexcept {
    return (assert(!has_value()), std::move(*std::get_if<1>(&state_)));
  }
  constexpr T& operator*() & noexcept { return value(); }
  constexpr const T& operator*() const& noexcept { return value(); }
  constexpr T&& operator*() && noexcept { return std::move(*this).value(); }
  constexpr T* operator->() noexcept { return &value(); }
  constexpr const T* operator->() const noexcept { return &value(); }
  template <class U>
  [[nodiscard]] constexpr T value_or(U&& other) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(other));
  }

 private:
  std::variant<T, E> state_;
};

/// Success without a value, or why not.
template <class E>
class [[nodiscard]] Expected<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  constexpr Expected() noexcept = default;
  template <class F>
  requires std::is_constructible_v<E, F&&>
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
  constexpr Expected(Unexpected<F> error) : state_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return state_.index() == 0; }
  constexpr explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] constexpr const E& error() const& noexcept {
    return (assert(!has_value()), *std::get_if<1>(&state_));
  }
  [[nodiscard]] constexpr E&& error() && noexcept {
    return (assert(!has_value()), std::move(*std::get_if<1>(&state_)));
  }

 private:
  std::variant<std::monostate, E> state_;
};

}  // namespace doors
