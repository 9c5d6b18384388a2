#include "zones/base/secret_file.h"

#include <sstream>
#include <utility>

#include "zones/base/file.h"

namespace doors {

namespace {

constexpr std::size_t max_octets = 4096;

}  // namespace

Result<std::vector<std::string>> read_secret_file(const std::filesystem::path& path) {
  const auto text = read_text_file(path, max_octets);
  if (!text) return Unexpected(text.error());
  std::vector<std::string> secrets;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string secret;
    if (words >> secret && secret[0] != '#') secrets.push_back(std::move(secret));
  }
  return secrets;
}

}  // namespace doors
