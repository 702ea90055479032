// SPDX-License-Identifier: Apache-2.0
#include "sim/config/keys.h"

#include <limits>
#include <type_traits>

#include "base/error.h"
#include "sim/config/pe_rules.h"

namespace vernier::config {
namespace {

constexpr int64_t kGibi = int64_t{1} << 30;

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

template <typename T>
Value to_value(const T& field) {
  if constexpr (std::is_same_v<T, std::string>) {
    return field;
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

Key in_range(Key key, int64_t lower, int64_t upper) {
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
Key format(std::string path, std::optional<Value> fallback, std::string sentence, Field field) {
  return record(std::move(path), KeyType::format, std::move(fallback), std::move(sentence), field);
}

constexpr std::nullopt_t kRequired = std::nullopt;

Value whole(int64_t value) { return value; }
Value text(const char* value) { return std::string(value); }

template <typename Pad>
void add_scratchpad(std::vector<Key>& table, const std::string& name_of_pad, const std::string& holds,
                    Pad pad) {
  table.push_back(quantity(
      name_of_pad + ".capacity", Unit::byte, kRequired, 1, 16 * kGibi,
      "Size of the scratchpad for " + holds + ".", [pad](auto& c) -> auto& {
        return pad(c).capacity_bytes;
      }));
  table.push_back(integer(
      name_of_pad + ".banks", kRequired, 1, 1024,
      "Banks, accessed together: a port moves banks times bank_width a cycle.", [pad](auto& c) -> auto& {
        return pad(c).banks;
      }));
  table.push_back(quantity(
      name_of_pad + ".bank_width", Unit::bit, kRequired, 1, 65536,
      "Bits one bank moves per cycle.", [pad](auto& c) -> auto& { return pad(c).bank_width_bits; }));
  table.push_back(quantity(
      name_of_pad + ".read_latency", Unit::cycle, whole(1), 1, 64,
      "From address to first data.", [pad](auto& c) -> auto& { return pad(c).read_latency_cycles; }));
}

void add_array(std::vector<Key>& table) {
  Key pe = name(
      "array.pe", kRequired, pe_names(),
      "Type of the processing elements; `declared` has only numbers and runs analytically.",
      [](auto& c) -> auto& { return c.machine.array.pe; });
  pe.type = KeyType::pe;
  table.push_back(std::move(pe));
  table.push_back(integer(
      "array.rows", kRequired, 1, 4096,
      "Rows of PEs: output channels; elements along K if weight-stationary.",
      [](auto& c) -> auto& { return c.machine.array.rows; }));
  table.push_back(integer(
      "array.cols", kRequired, 1, 4096, "Columns of PEs: tokens; output channels if weight-stationary.",
      [](auto& c) -> auto& { return c.machine.array.cols; }));
  table.push_back(integer(
      "array.lanes", kRequired, 1, 64,
      "Elements along K a PE takes per step; each PE type narrows the range.",
      [](auto& c) -> auto& { return c.machine.array.lanes; }));
  table.push_back(name(
      "array.delivery", text("broadcast"), EnumNames<machine::Delivery>::list(),
      "How operands reach the PEs: one bus per row and column, or hop by hop.",
      [](auto& c) -> auto& { return c.machine.array.delivery; }));
  table.push_back(name(
      "array.dataflow", text("output_stationary"), EnumNames<machine::Dataflow>::list(),
      "What stays in the PEs during a pass.", [](auto& c) -> auto& { return c.machine.array.dataflow; }));
}

void add_memory(std::vector<Key>& table) {
  add_scratchpad(
      table, "weight_scratchpad", "packed weights", [](auto& c) -> auto& { return c.machine.weight_spad; });
  add_scratchpad(
      table, "activation_scratchpad", "activations",
      [](auto& c) -> auto& { return c.machine.activation_spad; });
  add_scratchpad(
      table, "output_scratchpad", "partial sums, results and vector operands",
      [](auto& c) -> auto& { return c.machine.output_spad; });
  // There is one kind of DRAM, so nothing to store; the key names it for the day when others join.
  Key kind;
  kind.path = "dram.kind";
  kind.type = KeyType::name;
  kind.fallback = text("ideal");
  kind.allowed = {"ideal"};
  kind.sentence = "Memory model: `ideal` has a fixed latency and a fixed width.";
  kind.get = [](const AcceleratorConfig&) { return text("ideal"); };
  kind.set = [](AcceleratorConfig&, const Value&) {};
  table.push_back(std::move(kind));
  table.push_back(quantity(
      "dram.latency", Unit::cycle, kRequired, 0, 1000000,
      "From the end of a burst on the bus to its data being usable.",
      [](auto& c) -> auto& { return c.machine.dram.latency_cycles; }));
  table.push_back(quantity(
      "dram.width", Unit::bit, kRequired, 1, 65536, "Bits per accelerator cycle, shared by loads and stores.",
      [](auto& c) -> auto& { return c.machine.dram.bits_per_cycle; }));
  table.push_back(quantity(
      "dram.burst", Unit::byte, whole(64), 1, 65536,
      "Smallest transfer; a transfer moves whole aligned bursts.",
      [](auto& c) -> auto& { return c.machine.dram.burst_bytes; }));
  table.push_back(integer(
      "dram.stall_seed", whole(0), 0, std::numeric_limits<int64_t>::max(), "Seed of the random stalls.",
      [](auto& c) -> auto& { return c.machine.dram.stall_seed; }));
  table.push_back(integer(
      "dram.stall_permille", whole(0), 0, 1000,
      "Chance in a thousand that a burst is followed by a stall; 0 = never.",
      [](auto& c) -> auto& { return c.machine.dram.stall_permille; }));
  table.push_back(quantity(
      "dram.stall_max", Unit::cycle, whole(0), 0, 1000000, "Longest random stall.",
      [](auto& c) -> auto& { return c.machine.dram.stall_max_cycles; }));
}

void add_engines(std::vector<Key>& table) {
  table.push_back(integer(
      "dma.max_in_flight", whole(64), 1, 65536, "Read bursts requested but not yet delivered.",
      [](auto& c) -> auto& { return c.machine.dma_max_in_flight; }));
  table.push_back(integer(
      "vector.lanes", whole(32), 1, 65536, "Elements per cycle and pass of the vector unit.",
      [](auto& c) -> auto& { return c.machine.vector.lanes; }));
  table.push_back(quantity(
      "vector.startup", Unit::cycle, whole(8), 0, 1000,
      "Pipeline depth of the vector unit, paid once per instruction.",
      [](auto& c) -> auto& { return c.machine.vector.startup_cycles; }));
  table.push_back(integer(
      "sequencer.queue_depth", whole(8), 1, 65536, "Entries of each of the four instruction queues.",
      [](auto& c) -> auto& { return c.machine.sequencer.queue_depth; }));
}

void add_lut(std::vector<Key>& table) {
  Key precompute = name(
      "lut.precompute", text("fused"), EnumNames<TablePrecompute>::list(),
      "Where lookup tables are made: with the operator before, by an operator of their own, or in the array.",
      [](auto& c) -> auto& { return c.lut.precompute; });
  precompute.applies = [](const AcceleratorConfig& c) { return takes_tables(c.machine.array.pe); };
  precompute.needs = "an array.pe that takes lookup tables";
  table.push_back(std::move(precompute));
  Key entries = name(
      "lut.table", text("int8"), EnumNames<TableEntries>::list(),
      "Entries of lookup tables made outside the array.", [](auto& c) -> auto& { return c.lut.table; });
  entries.applies = [](const AcceleratorConfig& c) {
    return takes_tables(c.machine.array.pe) && c.lut.precompute != TablePrecompute::in_array;
  };
  entries.needs = "an array.pe that takes lookup tables, made outside the array";
  table.push_back(std::move(entries));
}

void add_numbers(std::vector<Key>& table) {
  table.push_back(format(
      "formats.weight", kRequired, "Group format of the weights of linear layers.",
      [](auto& c) -> auto& { return c.formats.weight; }));
  table.push_back(format(
      "formats.kv", text("fp16"), "Group format of cached keys and values.",
      [](auto& c) -> auto& { return c.formats.kv; }));
  table.push_back(name(
      "formats.activation", text("fp16"), EnumNames<formats::ActivationFormat>::list(),
      "Format of the activations of GEMMs; what vector operators read is fp16.",
      [](auto& c) -> auto& { return c.formats.activation; }));
  table.push_back(number(
      "analytical.weight_bits", 0.0, 0, 16,
      "Bits moved per weight in `analytical` fidelity; 0 = as formats.weight says.",
      [](auto& c) -> auto& { return c.analytical.weight_bits; }));
  table.push_back(number(
      "analytical.kv_bits", 0.0, 0, 16,
      "Bits moved per cached key or value in `analytical` fidelity; 0 = as formats.kv says.",
      [](auto& c) -> auto& { return c.analytical.kv_bits; }));
  table.push_back(integer(
      "analytical.cycles_per_step", whole(0), 0, 1024,
      "Cycles a PE takes per step in `analytical` fidelity; 0 = as the PE says.",
      [](auto& c) -> auto& { return c.analytical.cycles_per_step; }));
  table.push_back(name(
      "analytical.attention", text("per_head"), EnumNames<AttentionAccounting>::list(),
      "Work of attention in `analytical` fidelity: as it is, or as the BitMoD artifact counts it.",
      [](auto& c) -> auto& { return c.analytical.attention; }));
}

std::vector<Key> make_table() {
  std::vector<Key> table;
  table.push_back(name(
      "name", kRequired, {}, "Name of the configuration in reports.",
      [](auto& c) -> auto& { return c.machine.name; }));
  Key clock = quantity(
      "clock", Unit::hertz, kRequired, 1, int64_t{100} * 1000 * 1000 * 1000,
      "Frequency of the accelerator; every cycle in this page is one of its periods.",
      [](auto& c) -> auto& { return c.machine.clock_hz; });
  // clock_hz is a double; whole numbers of Hz up to 2^53 are exact in it.
  clock.get = [](const AcceleratorConfig& c) { return whole(static_cast<int64_t>(c.machine.clock_hz)); };
  clock.set = [](AcceleratorConfig& c, const Value& value) {
    c.machine.clock_hz = static_cast<double>(std::get<int64_t>(value));
  };
  table.push_back(std::move(clock));
  add_array(table);
  add_memory(table);
  add_engines(table);
  add_numbers(table);
  add_lut(table);
  return table;
}

}  // namespace

const std::vector<Key>& keys() {
  static const std::vector<Key> table = make_table();
  return table;
}

const Key* find_key(std::string_view path) {
  for (const Key& key : keys()) {
    if (key.path == path) return &key;
  }
  return nullptr;
}

std::vector<std::string> names_below(std::string_view section) {
  const std::string prefix = section.empty() ? "" : std::string(section) + ".";
  std::vector<std::string> names;
  for (const Key& key : keys()) {
    if (key.path.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string rest = key.path.substr(prefix.size());
    std::string first = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != first) names.push_back(std::move(first));
  }
  return names;
}

const std::vector<std::string>& phases() {
  static const std::vector<std::string> names = {"prefill", "decode"};
  return names;
}

const char* name_of(KeyType type) {
  switch (type) {
    case KeyType::integer:
      return "integer";
    case KeyType::quantity:
      return "quantity";
    case KeyType::number:
      return "number";
    case KeyType::name:
      return "name";
    case KeyType::format:
      return "format";
    case KeyType::pe:
      return "pe";
  }
  return "";
}

}  // namespace vernier::config
