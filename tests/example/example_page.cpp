// SPDX-License-Identifier: Apache-2.0
#include "tests/example/example_page.h"

#include <sstream>

#include "base/error.h"

namespace vernier::example {
namespace {

std::vector<double> numbers(std::istringstream& words) {
  std::vector<double> values;
  for (double value = 0; words >> value;) values.push_back(value);
  return values;
}

void read_line(Example& example, const std::string& line) {
  std::istringstream words(line);
  std::string key;
  words >> key;
  std::map<std::string, Matrix*> matrices{{"activation", &example.activation},
                                          {"weight", &example.weight},
                                          {"selector", &example.selector},
                                          {"scale", &example.scale},
                                          {"output", &example.output}};
  if (const auto matrix = matrices.find(key); matrix != matrices.end()) {
    matrix->second->push_back(numbers(words));
  } else if (key == "channel_scale") {
    example.channel_scale = numbers(words);
  } else if (key == "name") {
    words >> example.name;
  } else if (key == "set") {
    words >> example.sets.emplace_back();
  } else if (key == "cycles") {
    words >> example.cycles;
  } else {
    Interval interval;
    words >> interval.start >> interval.end >> interval.bursts;
    VERNIER_INVARIANT(!words.fail() && key.size() == 1, "unknown line '{}'", line);
    example.instructions[key] = interval;
  }
}

/// Cells of a table row, without the blanks around them.
std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  for (size_t begin = 1; begin < row.size();) {
    const size_t end = row.find('|', begin);
    VERNIER_INVARIANT(end != std::string::npos, "no table row: '{}'", row);
    const std::string cell = row.substr(begin, end - begin);
    const size_t first = cell.find_first_not_of(' ');
    cells.push_back(first == std::string::npos ? ""
                                               : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
    begin = end + 1;
  }
  return cells;
}

}  // namespace

std::vector<Example> read_examples(const std::string& page) {
  std::vector<Example> examples;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```example") {
      examples.emplace_back();
      inside = true;
    } else if (line.rfind("```", 0) == 0) {
      inside = false;
    } else if (inside) {
      read_line(examples.back(), line);
    }
  }
  return examples;
}

std::vector<DiagramCycle> read_diagram(const std::string& page, const std::string& name) {
  const size_t marker = page.find("<!-- diagram " + name + " -->");
  VERNIER_INVARIANT(marker != std::string::npos, "no diagram {}", name);
  std::istringstream lines(page.substr(marker));
  std::string line;
  for (int i = 0; i < 3; ++i) std::getline(lines, line);  // marker, head, rule
  std::vector<DiagramCycle> cycles;
  while (std::getline(lines, line) && line.rfind('|', 0) == 0) {
    const std::vector<std::string> cells = cells_of(line);
    VERNIER_INVARIANT(cells.size() == 7, "{} cells in '{}'", cells.size(), line);
    const size_t dots = cells[0].find("..");
    const size_t first = std::stoull(cells[0]);
    const size_t last = dots == std::string::npos ? first : std::stoull(cells[0].substr(dots + 2));
    VERNIER_INVARIANT(first == cycles.size() && last >= first, "the diagram jumps to '{}'", cells[0]);
    cycles.insert(cycles.end(), last - first + 1,
                  {cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]});
  }
  return cycles;
}

}  // namespace vernier::example
