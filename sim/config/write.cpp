// SPDX-License-Identifier: Apache-2.0
// Writes a resolved configuration, key by key from the table.
#include <fmt/format.h>

#include "base/digest.h"
#include "sim/config/keys.h"
#include "sim/config/load.h"
#include "sim/config/part_file.h"

namespace vernier::config {

namespace {

std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return '"' + out + '"';
}

}  // namespace

std::string write_keys(const std::vector<Key>& table, const AcceleratorConfig& config) {
  std::string out;
  std::string section;
  for (const Key& key : table) {
    if (key.applies && !key.applies(config)) continue;
    const size_t dot = key.path.find('.');
    const std::string parent = dot == std::string::npos ? "" : key.path.substr(0, dot);
    if (parent != section) out += parent + ":\n";
    section = parent;
    const std::string value = format_value(key, key.get(config));
    // A free name may look like something else to YAML ("1", "null"), and so may a path; a quantity is text
    // by nature.
    const bool is_text = key.type == KeyType::quantity ||
                         (key.type == KeyType::name && key.allowed.empty()) ||
                         (key.type == KeyType::part && is_part_path(value));
    const std::string name = dot == std::string::npos ? key.path : "  " + key.path.substr(dot + 1);
    out += fmt::format("{}: {}\n", name, is_text ? quoted(value) : value);
  }
  return out;
}

std::string write_resolved(const AcceleratorConfig& config) { return write_keys(keys(), config); }

std::string digest(const AcceleratorConfig& config) {
  Digest digest;
  digest.add(write_resolved(config));
  if (config.dram_kind != kIdealDram) digest.add(write_part(config.machine.dram.memory.part));
  return digest.text();
}

}  // namespace vernier::config
