#include "sync/ctl/table.h"

#include <algorithm>
#include <cassert>

namespace doors::ctl {
namespace {

/// Columns a text takes on a terminal: UTF-8 continuation octets take none.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  assert(row.size() <= columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::render(const Terminal* terminal) const {
  std::vector<std::size_t> widths(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths[i] = width_of(columns_[i].heading);
    for (const auto& row : rows_) {
      if (i < row.size()) widths[i] = std::max(widths[i], width_of(row[i].text));
    }
  }
  std::string out;
  const auto add_line = [&](const std::vector<Cell>& cells) {
    std::string line;
    std::size_t blanks = 0;  // owed, written only if something follows
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Cell& cell = cells[i];
      const std::size_t missing = widths[i] - width_of(cell.text);
      const bool right = columns_[i].align == Align::right;
      if (right) blanks += missing;
      if (!cell.text.empty()) {
        line.append(blanks, ' ');
        blanks = 0;
        line += terminal != nullptr && cell.paint ? terminal->paint(*cell.paint, cell.text) : cell.text;
      }
      if (!right) blanks += missing;
      blanks += 2;
    }
    out += line;
    out += '\n';
  };
  std::vector<Cell> headings;
  for (const Column& column : columns_) headings.emplace_back(column.heading, Paint::strong);
  add_line(headings);
  for (const auto& row : rows_) add_line(row);
  return out;
}

}  // namespace doors::ctl
