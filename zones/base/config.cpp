#include "zones/base/config.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include <toml++/toml.h>

#include "zones/base/file.h"

namespace doors {

std::string ConfigError::to_string() const {
  return line == 0 ? file + ": " + message : file + ":" + std::to_string(line) + ": " + message;
}

/// The parsed file is shared by all its sections; `root` also carries the first error.
class Section::Impl {
 public:
  struct File {
    std::string name;
    toml::table root;
    std::optional<ConfigError> error;
  };

  Impl(std::shared_ptr<File> owner, const toml::table* at, std::string path)
      : file(std::move(owner)), table(at), where(std::move(path)) {}

  void fail(std::uint32_t line, std::string message) const {
    if (!file->error) file->error = ConfigError{file->name, line, std::move(message)};
  }
  std::string qualified(std::string_view key) const {
    return where.empty() ? std::string(key) : where + "." + std::string(key);
  }
  /// The node of a key, which counts as known from now on; null when absent or when the file already failed.
  const toml::node* take(std::string_view key) {
    known.emplace(key);
    if (file->error || table == nullptr) return nullptr;
    return table->get(key);
  }
  void wrong_type(const toml::node& node, std::string_view key, std::string_view wanted) const {
    fail(node.source().begin.line, qualified(key) + ": must be " + std::string(wanted));
  }

  /// Notes the first unknown key, in file order, of this table and of those read from it.
  void find_unknown_keys() const {
    const toml::key* first = nullptr;
    if (table != nullptr) {
      for (const auto& [key, node] : *table) {
        if (known.contains(key.str())) continue;
        if (first == nullptr || key.source().begin < first->source().begin) first = &key;
      }
    }
    if (first != nullptr) fail(first->source().begin.line, "unknown key " + qualified(first->str()));
    for (const auto& child : children) child->find_unknown_keys();
  }
  /// The section of a table inside this one; it is checked with this one, even if its reader forgets to.
  Section child(const toml::table* at, std::string_view key) {
    return Section(children.emplace_back(std::make_shared<Impl>(file, at, qualified(key))));
  }

  std::shared_ptr<File> file;
  const toml::table* table;  // null: absent
  std::string where;
  std::set<std::string, std::less<>> known;
  std::vector<std::shared_ptr<Impl>> children;
};

Section& Section::boolean(std::string_view key, bool& value) {
  if (const auto* node = impl_->take(key)) {
    if (const auto* found = node->as_boolean())
      value = found->get();
    else
      impl_->wrong_type(*node, key, "true or false");
  }
  return *this;
}

Section& Section::string(std::string_view key, std::string& value) {
  if (const auto* node = impl_->take(key)) {
    if (const auto* found = node->as_string())
      value = found->get();
    else
      impl_->wrong_type(*node, key, "a string");
  }
  return *this;
}

Section& Section::path(std::string_view key, std::filesystem::path& value) {
  std::string text = value.string();
  string(key, text);
  value = text;
  return *this;
}

Section& Section::strings(std::string_view key, std::vector<std::string>& value) {
  const auto* node = impl_->take(key);
  if (node == nullptr) return *this;
  const auto* array = node->as_array();
  if (array == nullptr) {
    impl_->wrong_type(*node, key, "an array of strings");
    return *this;
  }
  std::vector<std::string> read;
  for (const toml::node& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr) {
      impl_->wrong_type(item, key, "an array of strings");
      return *this;
    }
    read.push_back(text->get());
  }
  value = std::move(read);
  return *this;
}

Section& Section::one_of(std::string_view key, std::string& value,
                         const std::vector<std::string_view>& allowed) {
  std::string read = value;
  string(key, read);
  if (std::find(allowed.begin(), allowed.end(), read) != allowed.end()) {
    value = std::move(read);
    return *this;
  }
  std::string choices;
  for (const auto choice : allowed) choices += (choices.empty() ? "\"" : ", \"") + std::string(choice) + "\"";
  return check(false, key, "must be one of " + choices);
}

bool Section::integer(std::string_view key, std::int64_t& value, Range range) {
  const auto* node = impl_->take(key);
  if (node == nullptr) return false;
  const auto* found = node->as_integer();
  if (found == nullptr || found->get() < range.least || found->get() > range.most) {
    impl_->wrong_type(*node, key,
                      "a number from " + std::to_string(range.least) + " to " + std::to_string(range.most));
    return false;
  }
  value = found->get();
  return true;
}

Section& Section::duration(std::string_view key, std::chrono::milliseconds& value,
                           std::chrono::milliseconds least, std::chrono::milliseconds most) {
  if (const auto* node = impl_->take(key)) {
    const auto* text = node->as_string();
    const auto read = text ? parse_duration(text->get()) : std::nullopt;
    if (!read) {
      impl_->wrong_type(*node, key, "a duration such as \"250ms\", \"3s\", \"5m\"");
    } else if (*read < least || *read > most) {
      impl_->wrong_type(
          *node, key,
          "from " + std::to_string(least.count()) + "ms to " + std::to_string(most.count()) + "ms");
    } else {
      value = *read;
    }
  }
  return *this;
}

Section& Section::check(bool fine, std::string_view key, std::string_view message) {
  if (fine) return *this;
  const auto* node = impl_->table != nullptr ? impl_->table->get(key) : nullptr;
  impl_->fail(node != nullptr ? node->source().begin.line : line(),
              impl_->qualified(key) + ": " + std::string(message));
  return *this;
}

bool Section::has(std::string_view key) const {
  return impl_->table != nullptr && impl_->table->contains(key);
}

Section Section::table(std::string_view key) {
  const auto* node = impl_->take(key);
  const toml::table* found = node != nullptr ? node->as_table() : nullptr;
  if (node != nullptr && found == nullptr) impl_->wrong_type(*node, key, "a table");
  return impl_->child(found, key);
}

std::vector<Section> Section::tables(std::string_view key) {
  std::vector<Section> found;
  const auto* node = impl_->take(key);
  if (node == nullptr) return found;
  const auto* array = node->as_array();
  if (array == nullptr) {
    impl_->wrong_type(*node, key, "an array of tables, [[" + std::string(key) + "]]");
    return found;
  }
  for (const toml::node& item : *array) {
    if (const auto* table = item.as_table()) {
      found.push_back(impl_->child(table, key));
    } else {
      impl_->wrong_type(item, key, "an array of tables");
    }
  }
  return found;
}

std::uint32_t Section::line() const noexcept {
  return impl_->table != nullptr && !impl_->where.empty() ? impl_->table->source().begin.line : 0;
}

void Section::fail(ConfigError error) {
  if (!impl_->file->error) impl_->file->error = std::move(error);
}

std::optional<ConfigError> Section::error() {
  if (!impl_->file->error) impl_->find_unknown_keys();
  return impl_->file->error;
}

ConfigResult<Section> parse_config(std::string_view text, std::string file) {
  auto owner = std::make_shared<Section::Impl::File>();
  owner->name = file;
  try {
    owner->root = toml::parse(text, file);
  } catch (const toml::parse_error& wrong) {
    return Unexpected(
        ConfigError{std::move(file), wrong.source().begin.line, std::string(wrong.description())});
  }
  const toml::table* root = &owner->root;
  return Section(std::make_shared<Section::Impl>(std::move(owner), root, ""));
}

ConfigResult<Section> read_config(const std::filesystem::path& path) {
  auto text = read_text_file(path, std::size_t{1} << 20);
  if (!text) return Unexpected(ConfigError{path.string(), 0, text.error().message});
  return parse_config(*text, path.string());
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc{} || count < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  static constexpr Unit units[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  constexpr std::int64_t ten_years = std::int64_t{10} * 366 * 86'400'000;
  for (const Unit& known : units) {
    if (unit != known.name) continue;
    if (count > ten_years / known.milliseconds) return std::nullopt;
    return std::chrono::milliseconds(count * known.milliseconds);
  }
  return std::nullopt;
}

}  // namespace doors
