// SPDX-License-Identifier: Apache-2.0
// How the tables of keys are written: one call per record, with the place of its value in AcceleratorConfig.
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/config/keys.h"

namespace vernier::config {

/// Names of an enumeration in its order.
template <typename Enum>
struct EnumNames;
template <>
struct EnumNames<machine::Delivery> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"broadcast", "systolic"};
    return names;
  }
};
template <>
struct EnumNames<machine::Dataflow> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"output_stationary", "weight_stationary"};
    return names;
  }
};
template <>
struct EnumNames<AttentionMapping> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"flash", "unfused"};
    return names;
  }
};
template <>
struct EnumNames<workloads::CacheAxis> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"token", "channel"};
    return names;
  }
};
template <>
struct EnumNames<AttentionAccounting> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"per_head", "published"};
    return names;
  }
};
template <>
struct EnumNames<formats::ActivationFormat> {  // those that a configuration can choose, in the order of the
                                               // enumeration
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"fp16", "int8", "fp8_e4m3"};
    return names;
  }
};
template <>
struct EnumNames<TablePrecompute> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"fused", "separate", "in_array"};
    return names;
  }
};
template <>
struct EnumNames<TableEntries> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"fp16", "int8"};
    return names;
  }
};

template <>
struct EnumNames<machine::PortKind> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"1rw", "1r1w", "2rw"};
    return names;
  }
};
template <>
struct EnumNames<dram::RowPolicy> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"open", "closed", "adaptive"};
    return names;
  }
};
template <>
struct EnumNames<dram::Refresh> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"off", "all_bank", "per_bank"};
    return names;
  }
};
template <>
struct EnumNames<dram::Field> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"row", "rank", "bank_group", "bank", "column"};
    return names;
  }
};

template <>
struct EnumNames<SramOutside> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"interpolate", "extrapolate"};
    return names;
  }
};
template <>
struct EnumNames<DramEnergy> {
  static const std::vector<std::string>& list() {
    static const std::vector<std::string> names = {"auto", "command", "flat"};
    return names;
  }
};

using Mapping = std::array<dram::Field, dram::kFieldCount>;

/// "[row, bank, ...]": the text of a KeyType::order.
[[nodiscard]] std::string mapping_text(const Mapping& mapping);
/// Of such a text in any spacing, brackets or not; the problem if not every field is there once.
[[nodiscard]] std::optional<Problem> parse_mapping(std::string_view text, Mapping& mapping);

template <typename T>
Value to_value(const T& field) {
  if constexpr (std::is_same_v<T, std::string>) {
    return field;
  } else if constexpr (std::is_same_v<T, Mapping>) {
    return mapping_text(field);
  } else if constexpr (std::is_enum_v<T>) {
    return EnumNames<T>::list().at(static_cast<size_t>(field));
  } else if constexpr (std::is_floating_point_v<T>) {
    return field;
  } else {
    return static_cast<int64_t>(field);
  }
}

template <typename T>
void from_value(T& field, const Value& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    field = std::get<std::string>(value);
  } else if constexpr (std::is_same_v<T, Mapping>) {
    (void)parse_mapping(std::get<std::string>(value), field);
  } else if constexpr (std::is_enum_v<T>) {
    const std::vector<std::string>& names = EnumNames<T>::list();
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == std::get<std::string>(value)) field = static_cast<T>(i);
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    field = std::get<double>(value);
  } else {
    field = static_cast<T>(std::get<int64_t>(value));
  }
}

/// A record and its place in the resolved struct: `field` maps a config to a member.
template <typename Field>
Key record(std::string path, KeyType type, std::optional<Value> fallback, std::string sentence, Field field) {
  Key key;
  key.path = std::move(path);
  key.type = type;
  key.fallback = std::move(fallback);
  key.sentence = std::move(sentence);
  key.get = [field](const AcceleratorConfig& config) { return to_value(field(config)); };
  key.set = [field](AcceleratorConfig& config, const Value& value) { from_value(field(config), value); };
  return key;
}

inline Key in_range(Key key, int64_t lower, int64_t upper) {
  key.lower = lower;
  key.upper = upper;
  return key;
}

template <typename Field>
Key integer(std::string path, std::optional<Value> fallback, int64_t lower, int64_t upper,
            std::string sentence, Field field) {
  return in_range(record(std::move(path), KeyType::integer, std::move(fallback), std::move(sentence), field),
                  lower, upper);
}

template <typename Field>
Key quantity(std::string path, Unit unit, std::optional<Value> fallback, int64_t lower, int64_t upper,
             std::string sentence, Field field) {
  Key key = record(std::move(path), KeyType::quantity, std::move(fallback), std::move(sentence), field);
  key.unit = unit;
  return in_range(std::move(key), lower, upper);
}

template <typename Field>
Key number(std::string path, double fallback, int64_t lower, int64_t upper, std::string sentence,
           Field field) {
  return in_range(record(std::move(path), KeyType::number, fallback, std::move(sentence), field), lower,
                  upper);
}

template <typename Field>
Key name(std::string path, std::optional<Value> fallback, std::vector<std::string> allowed,
         std::string sentence, Field field) {
  Key key = record(std::move(path), KeyType::name, std::move(fallback), std::move(sentence), field);
  key.allowed = std::move(allowed);
  return key;
}

template <typename Field>
Key order(std::string path, std::optional<Value> fallback, std::string sentence, Field field) {
  return record(std::move(path), KeyType::order, std::move(fallback), std::move(sentence), field);
}

template <typename Field>
Key format(std::string path, std::optional<Value> fallback, std::string sentence, Field field) {
  return record(std::move(path), KeyType::format, std::move(fallback), std::move(sentence), field);
}

inline constexpr std::nullopt_t kRequired = std::nullopt;

inline Value whole(int64_t value) { return value; }
inline Value text(const char* value) { return std::string(value); }

/// Adds the keys of scratchpads, DRAM and DMA.
void add_memory_keys(std::vector<Key>& table);
/// Adds the keys of energy and area.
void add_energy_keys(std::vector<Key>& table);

}  // namespace vernier::config
