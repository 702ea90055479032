// SPDX-License-Identifier: Apache-2.0
#include "sim/config/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/config/keys.h"

namespace vernier::config {
namespace {

constexpr const char* kIntroduction = R"(# Configuration keys

This page is written from the table in sim/config/keys.cpp; a test compares the two.

An accelerator configuration is one YAML map. A dotted path such as `array.rows` is the key `rows` in the map `array`. Two optional maps, `prefill` and `decode`,
hold any of the keys again and override them in that phase of a language model. `--set key.path=value` on the command line overrides the file in every phase,
`--set decode.array.rows=64` in one; of several the last wins.

Quantities carry their unit (`"512 KiB"`) and must be whole numbers of the base unit; a bare number is refused where a unit is due, a unit where none is. The resolved
configuration, with every key that applies, default and override spelled out, is written beside every result; running it again gives the same result in the same bytes.

Units: )";

std::string units_text() {
  std::string out;
  for (const Unit unit : {Unit::bit, Unit::byte, Unit::hertz, Unit::cycle}) {
    std::vector<std::string> names;
    for (const UnitSpelling& spelling : spellings(unit)) names.push_back(spelling.name);
    out += fmt::format("{}{}", out.empty() ? "" : "; ", fmt::join(names, ", "));
  }
  return out + ". A cycle is one period of `clock`.\n";
}

std::string default_text(const Key& key) {
  if (key.inherited) return "as the part";
  if (!key.inherits.empty()) return key.inherits;
  return key.fallback ? format_value(key, *key.fallback) : "required";
}

/// The page does not list the PE types, so that adding one leaves it alone.
std::string allowed_on_page(const Key& key) {
  return key.type == KeyType::pe ? "a PE type (`vernier list pe`) or `declared`" : allowed_text(key);
}

std::string section_of(const Key& key) {
  const size_t dot = key.path.find('.');
  return dot == std::string::npos ? "" : key.path.substr(0, dot);
}

}  // namespace

const std::vector<CodeSummary>& error_codes() {
  static const std::vector<CodeSummary> codes = {
      {"CFG001", "The file cannot be opened or read, or is no configuration file at all."},
      {"CFG002", "The text is not one YAML document."},
      {"CFG003", "A map of keys is due and something else was found."},
      {"CFG004", "There is no such key."},
      {"CFG005", "A key is given twice in one map."},
      {"CFG006", "A key without default is missing."},
      {"CFG007", "The value is of the wrong type, or not a whole number where one is due."},
      {"CFG008", "The number needs a unit."},
      {"CFG009", "The unit is not one of the key's dimension."},
      {"CFG010", "The number is out of range."},
      {"CFG011", "The name is not one of those allowed."},
      {"CFG012", "The argument of --set is not key.path=value."},
      {"CFG020", "A DRAM burst is not a whole number of bus cycles."},
      {"CFG021", "The DRAM bus is wider than the port of a scratchpad."},
      {"CFG022", "The PE type is not built with so many lanes."},
      {"CFG023", "The PE type does not compute with the format."},
      {"CFG024", "The group size of the format is not a multiple of the lanes."},
      {"CFG025", "A declared PE needs its cycles per step."},
      {"CFG026", "Random stalls need a longest stall."},
      {"CFG027", "The PE type does not take activations in the format."},
      {"CFG028", "The key means nothing here: the PE type or the memory has no use for it."},
      {"CFG029", "The array cannot be weight-stationary: its PE type, lanes or delivery."},
      {"CFG030", "Weights of the format cannot be stationary."},
      {"CFG031", "The banks of a scratchpad cannot be grouped so."},
      {"CFG032", "The interleave of DRAM channels does not fit the bursts and rows of the part."},
      {"CFG033", "Timing parameters of a DRAM part contradict each other."},
      {"CFG034", "A row of a DRAM part is not a whole number of bursts."},
      {"CFG035", "The watermarks of a DRAM write queue are not in order."},
      {"CFG036", "The DRAM part has no refresh of single banks."},
  };
  return codes;
}

std::string keys_as_text() {
  size_t path_width = 0;
  size_t default_width = 0;
  for (const Key& key : keys()) {
    path_width = std::max(path_width, key.path.size());
    default_width = std::max(default_width, default_text(key).size());
  }
  std::string out;
  for (const Key& key : keys()) {
    out += fmt::format("{:{}}  {:8}  {:{}}  {}\n", key.path, path_width, name_of(key.type), default_text(key),
                       default_width, allowed_text(key));
  }
  return out;
}

std::string keys_as_json() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Key& key : keys()) {
    nlohmann::ordered_json record;
    const bool ranged =
        key.type == KeyType::integer || key.type == KeyType::quantity || key.type == KeyType::number;
    const auto limit = [&](int64_t value) -> nlohmann::ordered_json {
      if (!ranged) return nullptr;
      if (key.type == KeyType::quantity) return format_quantity(value, key.unit);
      return value;
    };
    record["path"] = key.path;
    record["type"] = name_of(key.type);
    record["unit"] = key.unit == Unit::none ? nlohmann::ordered_json(nullptr) : name_of(key.unit);
    record["default"] = nullptr;
    if (key.fallback) {
      const auto as_json = [&](const auto& value) { record["default"] = value; };
      if (key.type == KeyType::quantity) {
        record["default"] = format_value(key, *key.fallback);
      } else {
        std::visit(as_json, *key.fallback);
      }
    }
    record["lower"] = limit(key.lower);
    record["upper"] = limit(key.upper);
    record["allowed"] =
        key.allowed.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(key.allowed);
    record["description"] = key.sentence;
    list.push_back(std::move(record));
  }
  return nlohmann::ordered_json{{"schema", 1}, {"keys", std::move(list)}}.dump(2) + "\n";
}

std::string key_tables(const std::vector<Key>& table, const std::string& level) {
  std::string out;
  std::string section = "-";
  for (const Key& key : table) {
    if (section_of(key) != section) {
      section = section_of(key);
      out += fmt::format(
          "\n{} {}\n\n| key | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n", level,
          section.empty() ? "Top level" : section);
    }
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", key.path, name_of(key.type), default_text(key),
                       allowed_on_page(key), key.sentence);
  }
  return out;
}

std::string reference_page() {
  std::string out = kIntroduction + units_text() + key_tables(keys(), "##");
  out += "\n## Error codes\n\nEach has an example in tests/errors/.\n\n| code | meaning |\n| --- | --- |\n";
  for (const CodeSummary& code : error_codes()) out += fmt::format("| {} | {} |\n", code.code, code.sentence);
  return out;
}

}  // namespace vernier::config
