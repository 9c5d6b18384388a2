#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sync/ctl/terminal.h"

namespace doors::ctl {

/// Rows under headings, as an operator reads them: columns as wide as their widest cell, two blanks between,
/// numbers right-aligned, no blanks at a line's end. Pure.
///
///     POP   ZONE      SERIAL  STATE
///     ams1  example.       7  served
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string heading;
    Align align = Align::left;
  };
  struct Cell {
    // NOLINTNEXTLINE(google-explicit-constructor): a row is a list of plain texts
    Cell(std::string words) : text(std::move(words)) {}
    // NOLINTNEXTLINE(google-explicit-constructor): as above
    Cell(const char* words) : text(words) {}
    Cell(std::string words, Paint how) : text(std::move(words)), paint(how) {}
    std::string text;
    std::optional<Paint> paint;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Adds a row; missing cells are empty, surplus ones a programmer's mistake.
  void add(std::vector<Cell> row);
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// All lines, each with its newline; colours by `terminal`, plain without one.
  [[nodiscard]] std::string render(const Terminal* terminal = nullptr) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace doors::ctl
