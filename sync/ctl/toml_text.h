#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace doors::ctl {

/// TOML as doorctl writes it into configs: a basic string, in quotes and escaped; and an array of them. Pure.
[[nodiscard]] std::string toml_string(std::string_view text);
[[nodiscard]] std::string toml_strings(const std::vector<std::string>& texts);

}  // namespace doors::ctl
