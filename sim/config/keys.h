// SPDX-License-Identifier: Apache-2.0
// The table of configuration keys. One record per key drives the parser, the writer, `vernier list
// keys`, docs/configuration.md and the tests; adding a key is adding a record.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/config/accelerator_config.h"
#include "sim/config/units.h"

namespace vernier::config {

enum class KeyType {
  integer,   ///< whole number without unit
  quantity,  ///< number with a unit; a whole number of base units
  number,    ///< decimal number without unit
  name,      ///< one of a list, or free: a letter or digit, then letters, digits, '_', '.', '-'
  format,    ///< name of a group format
  pe,        ///< one of a list: the PE types of models/pe, and `declared`
  part,      ///< `ideal`, the name of a DRAM part or the path of a part file
  order,     ///< every field of a DRAM address once, most significant first: "[row, bank, ...]"
};

/// integer and quantity hold int64_t (quantity in base units), number double, the others a string.
using Value = std::variant<int64_t, double, std::string>;

struct Key {
  std::string path;  ///< dotted: "array.rows"
  KeyType type = KeyType::integer;
  Unit unit = Unit::none;
  std::optional<Value> fallback;     ///< default; none = the key is required, or inherited
  bool inherited = false;            ///< without default: the DRAM part says
  std::string inherits;              ///< without default: the key before it whose value it takes
  int64_t lower = 0, upper = 0;      ///< integer, quantity (base units), number: inclusive
  std::vector<std::string> allowed;  ///< name, pe: the list; empty = free
  std::string sentence;
  /// Whether the key means anything in this configuration; null = always. If not, it is not required, and
  /// writing it is an error unless `ignored`.
  std::function<bool(const AcceleratorConfig&)> applies;
  std::string depends_on;  ///< with `applies`: the key that decides
  std::string needs;       ///< with `applies`: what it takes, in words
  bool ignored = false;    ///< with `applies`: read and left aside where it means nothing
  std::function<Value(const AcceleratorConfig&)> get;
  std::function<void(AcceleratorConfig&, const Value&)> set;
};

/// All keys of an accelerator in the order in which they are written, sections together.
[[nodiscard]] const std::vector<Key>& keys();

/// All keys of a file of a DRAM part; they read and write machine.dram.memory.part.
[[nodiscard]] const std::vector<Key>& part_keys();

/// The record of a dotted path, or nullptr.
[[nodiscard]] const Key* find_key(std::string_view path, const std::vector<Key>& table = keys());

/// Names directly below a section ("" = top level), in table order: "array" -> pe, rows, ...
[[nodiscard]] std::vector<std::string> names_below(std::string_view section,
                                                   const std::vector<Key>& table = keys());

/// The sections whose keys override the rest in one phase; a DRAM part has none.
[[nodiscard]] const std::vector<std::string>& phases(const std::vector<Key>& table = keys());

[[nodiscard]] const char* name_of(KeyType type);

/// What is wrong with a value.
struct Problem {
  std::string code;
  std::string message;  ///< what was found and what is allowed, without the key path
  std::string help;
};

/// Reads a value as the record says; the problem if it is not acceptable.
[[nodiscard]] std::optional<Problem> parse_value(const Key& key, std::string_view text, Value& value);

/// Text that parse_value reads back: `512 KiB`, `32`, `bitmod4_g128`.
[[nodiscard]] std::string format_value(const Key& key, const Value& value);

/// What values a key takes, in words: "1..4096", "1 Hz..100 GHz", "broadcast, systolic".
[[nodiscard]] std::string allowed_text(const Key& key);

}  // namespace vernier::config
