#pragma once

#include <optional>
#include <system_error>
#include <utility>

namespace mqttkit {

/// A value, or the error that stands in its place. Never throws on its own account.
///
/// It has constructors (an aggregate temporary inside a co_await expression is destroyed twice by
/// g++ 12) and a default state, operation_canceled, because Asio 1.22's co_spawn makes a T().
template <class T>
class [[nodiscard]] result {
 public:
  result() noexcept : error_(std::make_error_code(std::errc::operation_canceled)) {}
  result(T value) : value_(std::move(value)) {}
  result(std::error_code error) noexcept : error_(error) {}

  explicit operator bool() const noexcept { return value_.has_value(); }
  bool has_value() const noexcept { return value_.has_value(); }
  /// The error; success when there is a value.
  std::error_code error() const noexcept { return error_; }

  T& operator*() & noexcept { return *value_; }
  const T& operator*() const& noexcept { return *value_; }
  T&& operator*() && noexcept { return std::move(*value_); }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }

 private:
  std::optional<T> value_;
  std::error_code error_;
};

}  // namespace mqttkit
