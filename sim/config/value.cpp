// SPDX-License-Identifier: Apache-2.0
// Reading and writing one value as its record says.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "sim/config/key_records.h"
#include "sim/config/part_file.h"

namespace vernier::config {
namespace {

std::string found(std::string_view text) {
  return text.empty() ? "found nothing" : fmt::format("found '{}'", text);
}

Problem out_of_range(const Key& key, std::string_view text) {
  return {"CFG010", fmt::format("{} is not in {}", text, allowed_text(key)), {}};
}

std::vector<std::string> canonical_units(const Key& key) {
  std::vector<std::string> names;
  for (const UnitSpelling& spelling : spellings(key.unit)) {
    if (spelling.canonical) names.push_back(spelling.name);
  }
  return names;
}

std::string unit_names(const Key& key) { return fmt::format("{}", fmt::join(canonical_units(key), ", ")); }

std::optional<Problem> parse_whole(const Key& key, std::string_view text, Value& value) {
  const bool with_unit = key.type == KeyType::quantity;
  const Quantity read = with_unit ? parse_quantity(text, key.unit) : parse_integer(text);
  switch (read.status) {
    case QuantityStatus::no_number:
      return Problem{
          "CFG007",
          fmt::format("{}, a {} is due", found(text),
                      with_unit ? fmt::format("number with a unit ({})", unit_names(key)) : "whole number"),
          {}};
    case QuantityStatus::no_unit:
      return Problem{"CFG008", fmt::format("{} has no unit", text),
                     fmt::format("write for example \"{} {}\"; units: {}", text,
                                 spellings(key.unit).front().name, unit_names(key))};
    case QuantityStatus::unknown_unit: {
      const std::vector<std::string> known = canonical_units(key);
      return Problem{
          "CFG009",
          fmt::format("'{}' in '{}' is not a unit of this key (units: {})", read.unit, text, unit_names(key)),
          nearest_name(read.unit, known).empty() ? "" : suggestion(read.unit, known)};
    }
    case QuantityStatus::not_whole:
      return Problem{"CFG007",
                     with_unit ? fmt::format("{} is not a whole number of {}", text, name_of(key.unit))
                               : fmt::format("found '{}', a whole number is due", text),
                     {}};
    case QuantityStatus::overflow:
      return out_of_range(key, text);
    case QuantityStatus::ok:
      break;
  }
  if (read.value < key.lower || read.value > key.upper) return out_of_range(key, text);
  value = read.value;
  return std::nullopt;
}

std::optional<Problem> parse_number(const Key& key, std::string_view text, Value& value) {
  double number = 0;
  const char* end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc::result_out_of_range) return out_of_range(key, text);
  if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(number)) {
    return Problem{"CFG007", fmt::format("{}, a number without unit is due", found(text)), {}};
  }
  if (number < static_cast<double>(key.lower) || number > static_cast<double>(key.upper)) {
    return out_of_range(key, text);
  }
  value = number == 0 ? 0.0 : number;  // -0 would not be written back as it was read
  return std::nullopt;
}

bool is_free_name(std::string_view text) {
  constexpr size_t kLongest = 64;
  const auto alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (text.empty() || text.size() > kLongest || !alphanumeric(text.front())) return false;
  for (const char c : text) {
    if (!alphanumeric(c) && c != '_' && c != '.' && c != '-') return false;
  }
  return true;
}

std::optional<Problem> parse_name(const Key& key, std::string_view text, Value& value) {
  if (key.allowed.empty()) {
    if (!is_free_name(text))
      return Problem{"CFG011", fmt::format("{}, {} is due", found(text), allowed_text(key)), {}};
  } else {
    bool known = false;
    for (const std::string& name : key.allowed) known |= name == text;
    if (!known) {
      const std::string nearest = nearest_name(text, key.allowed);
      return Problem{"CFG011", fmt::format("{}, one of {} is due", found(text), allowed_text(key)),
                     nearest.empty() ? "" : suggestion(text, key.allowed)};
    }
  }
  value = std::string(text);
  return std::nullopt;
}

std::optional<Problem> parse_format(std::string_view text, Value& value) {
  try {
    value = formats::group_format(text).name;
  } catch (const InputError& error) {
    const Diagnostic& first = error.diagnostics().front();
    return Problem{"CFG011", first.message, first.help};
  }
  return std::nullopt;
}

std::optional<Problem> parse_part_choice(std::string_view text, Value& value) {
  if (auto problem = unknown_part(text, true)) return problem;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      return Problem{"CFG011", "found a control character in the path of a part file", {}};
    }
  }
  value = std::string(text);
  return std::nullopt;
}

std::optional<Problem> parse_order(std::string_view text, Value& value) {
  Mapping mapping{};
  if (auto problem = parse_mapping(text, mapping)) return problem;
  value = mapping_text(mapping);
  return std::nullopt;
}

}  // namespace

std::string mapping_text(const Mapping& mapping) {
  std::vector<std::string> names;
  for (const dram::Field field : mapping)
    names.push_back(EnumNames<dram::Field>::list().at(static_cast<size_t>(field)));
  return fmt::format("[{}]", fmt::join(names, ", "));
}

std::optional<Problem> parse_mapping(std::string_view text, Mapping& mapping) {
  const std::vector<std::string>& fields = EnumNames<dram::Field>::list();
  const std::string due = fmt::format("each of {} is due once", fmt::join(fields, ", "));
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const auto strip = [&blank](std::string_view part) {
    while (!part.empty() && blank(part.front())) part.remove_prefix(1);
    while (!part.empty() && blank(part.back())) part.remove_suffix(1);
    return part;
  };
  std::string_view rest = strip(text);
  if (rest.size() >= 2 && rest.front() == '[' && rest.back() == ']') rest = rest.substr(1, rest.size() - 2);
  std::vector<size_t> seen;
  while (true) {
    const size_t comma = rest.find(',');
    const std::string_view name = strip(rest.substr(0, comma));
    size_t field = 0;
    while (field < fields.size() && fields[field] != name) ++field;
    if (field == fields.size()) {
      return Problem{"CFG011", fmt::format("{}, {}", found(name), due),
                     nearest_name(name, fields).empty() ? "" : suggestion(name, fields)};
    }
    for (const size_t other : seen) {
      if (other == field) return Problem{"CFG011", fmt::format("{} is given twice, {}", name, due), {}};
    }
    seen.push_back(field);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  for (size_t field = 0; field < fields.size(); ++field) {
    if (std::find(seen.begin(), seen.end(), field) == seen.end())
      return Problem{"CFG011", fmt::format("{} is missing, {}", fields[field], due), {}};
  }
  for (size_t i = 0; i < seen.size(); ++i) mapping[i] = static_cast<dram::Field>(seen[i]);
  return std::nullopt;
}

std::optional<Problem> parse_value(const Key& key, std::string_view text, Value& value) {
  switch (key.type) {
    case KeyType::integer:
    case KeyType::quantity:
      return parse_whole(key, text, value);
    case KeyType::number:
      return parse_number(key, text, value);
    case KeyType::name:
    case KeyType::pe:
      return parse_name(key, text, value);
    case KeyType::format:
      return parse_format(text, value);
    case KeyType::part:
      return parse_part_choice(text, value);
    case KeyType::order:
      return parse_order(text, value);
  }
  return std::nullopt;
}

std::string format_value(const Key& key, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return format_quantity(std::get<int64_t>(value), key.unit);
}

std::string allowed_text(const Key& key) {
  switch (key.type) {
    case KeyType::integer:
    case KeyType::number:
      return fmt::format("{}..{}", key.lower, key.upper);
    case KeyType::quantity:
      return fmt::format("{}..{}", format_quantity(key.lower, key.unit),
                         format_quantity(key.upper, key.unit));
    case KeyType::name:
    case KeyType::pe:
      if (!key.allowed.empty()) return fmt::format("{}", fmt::join(key.allowed, ", "));
      return "a name of up to 64 letters, digits, '_', '.', '-' that starts with a letter or digit";
    case KeyType::format:
      return "a group format";
    case KeyType::part:
      return "`ideal`, a part (`vernier list dram`) or the path of a part file";
    case KeyType::order:
      return fmt::format("an order of {}", fmt::join(EnumNames<dram::Field>::list(), ", "));
  }
  return "";
}

}  // namespace vernier::config
