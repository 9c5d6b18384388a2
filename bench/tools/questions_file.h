#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace doors::bench {

/// Questions in wire form, ready to be sent but for the id: octets 0 and 1.
class Questions {
 public:
  /// Reads lines `NAME TYPE`, as dnsperf takes them. With `dnssec`, an OPT record with DO (1232 octets). Ends
  /// the program with a line that says why if the file does not read.
  static Questions read(const std::string& path, bool dnssec);

  [[nodiscard]] std::size_t size() const noexcept { return starts_.size() - 1; }
  [[nodiscard]] std::span<const std::uint8_t> operator[](std::size_t i) const noexcept {
    return {octets_.data() + starts_[i], starts_[i + 1] - starts_[i]};
  }

 private:
  void add(const std::string& name, const std::string& type, bool dnssec);

  std::vector<std::uint8_t> octets_;
  std::vector<std::size_t> starts_{0};
};

}  // namespace doors::bench
