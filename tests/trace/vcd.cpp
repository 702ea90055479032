// SPDX-License-Identifier: Apache-2.0
#include "tests/trace/vcd.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace vernier::trace {
namespace {

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("VCD: " + what);
}

/// Skips to the $end of a section; returns its words.
std::vector<std::string> section(std::istream& in) {
  std::vector<std::string> words;
  std::string word;
  while (in >> word && word != "$end") words.push_back(word);
  expect(word == "$end", "section without $end");
  return words;
}

/// Identifier code -> paths of the signals that share it.
using Codes = std::map<std::string, std::vector<std::string>>;

Codes read_header(std::istream& in) {
  Codes codes;
  std::vector<std::string> scopes;
  std::string word;
  while (in >> word && word != "$enddefinitions") {
    const std::vector<std::string> words = section(in);
    if (word == "$timescale") {
      std::string scale;
      for (const std::string& part : words) scale += part;
      expect(scale == "1ps", "time unit " + scale);
    } else if (word == "$scope") {
      scopes.push_back(words.at(1));
    } else if (word == "$upscope") {
      scopes.pop_back();
    } else if (word == "$var" && std::stoi(words.at(1)) <= 64) {
      std::string path;
      for (const std::string& scope : scopes) path += scope + ".";
      codes[words.at(2)].push_back(path + words.at(3).substr(0, words.at(3).find('[')));
    }
  }
  section(in);
  return codes;
}

}  // namespace

uint64_t Vcd::at(const std::string& signal, uint64_t cycle) const {
  const auto found = signals.find(signal);
  expect(found != signals.end(), "no signal " + signal);
  const Changes& changes = found->second;
  const auto after =
      std::upper_bound(changes.begin(), changes.end(), std::make_pair(cycle * 1000, UINT64_MAX));
  expect(after != changes.begin(), signal + " has no value in cycle " + std::to_string(cycle));
  return std::prev(after)->second;
}

Vcd read_vcd(const std::string& path) {
  std::ifstream in(path);
  expect(in.is_open(), "cannot read " + path);
  const Codes codes = read_header(in);
  Vcd vcd;
  vcd.first = UINT64_MAX;
  uint64_t time = 0;
  std::string word;
  while (in >> word) {
    if (word[0] == '#') {
      const uint64_t next = std::stoull(word.substr(1));
      expect(next >= time, "time runs backwards");
      time = next;
      continue;
    }
    if (word[0] == '$') {
      if (word == "$comment") section(in);
      continue;  // $dumpvars ... $end holds values like any other
    }
    std::string code = word.substr(1);
    uint64_t value = word[0] == '1' ? 1 : 0;
    vcd.first = std::min(vcd.first, time);
    vcd.last = std::max(vcd.last, time);
    if (word[0] == 'b') {
      in >> code;
      if (word.size() > 65) continue;
      value = std::stoull(word.substr(1), nullptr, 2);
    }
    const auto found = codes.find(code);
    if (found == codes.end()) continue;
    for (const std::string& signal : found->second) vcd.signals[signal].emplace_back(time, value);
  }
  return vcd;
}

}  // namespace vernier::trace
