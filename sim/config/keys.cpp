// SPDX-License-Identifier: Apache-2.0
#include "sim/config/keys.h"

#include "base/error.h"
#include "sim/config/key_records.h"
#include "sim/config/pe_rules.h"

namespace vernier::config {
namespace {

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

void add_engines(std::vector<Key>& table) {
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
  table.push_back(name(
      "mapping.attention", text("flash"), EnumNames<AttentionMapping>::list(),
      "Attention of prefill: in one schedule with scores on chip, or three operators through DRAM.",
      [](auto& c) -> auto& { return c.attention; }));
}

void add_lut(std::vector<Key>& table) {
  Key precompute = name(
      "lut.precompute", text("fused"), EnumNames<TablePrecompute>::list(),
      "Where lookup tables are made: with the operator before, by an operator of their own, or in the array.",
      [](auto& c) -> auto& { return c.lut.precompute; });
  precompute.applies = [](const AcceleratorConfig& c) { return takes_tables(c.machine.array.pe); };
  precompute.depends_on = "array.pe";
  precompute.needs = "an array.pe that takes lookup tables";
  table.push_back(std::move(precompute));
  Key entries = name(
      "lut.table", text("int8"), EnumNames<TableEntries>::list(),
      "Entries of lookup tables made outside the array.", [](auto& c) -> auto& { return c.lut.table; });
  entries.applies = [](const AcceleratorConfig& c) {
    return takes_tables(c.machine.array.pe) && c.lut.precompute != TablePrecompute::in_array;
  };
  entries.depends_on = "array.pe";
  entries.needs = "an array.pe that takes lookup tables, made outside the array";
  table.push_back(std::move(entries));
}

void add_numbers(std::vector<Key>& table) {
  table.push_back(format(
      "formats.weight", kRequired, "Group format of the weights of linear layers.",
      [](auto& c) -> auto& { return c.formats.weight; }));
  table.push_back(format(
      "formats.kv", text("fp16"), "Group format of cached keys and values, where the next two are not given.",
      [](auto& c) -> auto& { return c.formats.kv; }));
  Key cached_keys = format(
      "formats.key", kRequired, "Group format of cached keys.",
      [](auto& c) -> auto& { return c.formats.key; });
  cached_keys.inherits = "formats.kv";
  table.push_back(std::move(cached_keys));
  Key cached_values = format(
      "formats.value", kRequired, "Group format of cached values.",
      [](auto& c) -> auto& { return c.formats.value; });
  cached_values.inherits = "formats.kv";
  table.push_back(std::move(cached_values));
  table.push_back(name(
      "formats.key_axis", text("token"), EnumNames<workloads::CacheAxis>::list(),
      "What has a scale of its own in a group of cached keys: each token, or each channel "
      "(docs/kv-cache.md).",
      [](auto& c) -> auto& { return c.formats.key_axis; }));
  table.push_back(name(
      "formats.value_axis", text("channel"), EnumNames<workloads::CacheAxis>::list(),
      "The same of cached values.", [](auto& c) -> auto& { return c.formats.value_axis; }));
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
      "Bits moved per cached key or value in `analytical` fidelity; 0 = as formats.key and formats.value "
      "say.",
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
  add_memory_keys(table);
  add_engines(table);
  add_numbers(table);
  add_lut(table);
  add_energy_keys(table);
  return table;
}

}  // namespace

const std::vector<Key>& keys() {
  static const std::vector<Key> table = make_table();
  return table;
}

const Key* find_key(std::string_view path, const std::vector<Key>& table) {
  for (const Key& key : table) {
    if (key.path == path) return &key;
  }
  return nullptr;
}

std::vector<std::string> names_below(std::string_view section, const std::vector<Key>& table) {
  const std::string prefix = section.empty() ? "" : std::string(section) + ".";
  std::vector<std::string> names;
  for (const Key& key : table) {
    if (key.path.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string rest = key.path.substr(prefix.size());
    std::string first = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != first) names.push_back(std::move(first));
  }
  return names;
}

const std::vector<std::string>& phases(const std::vector<Key>& table) {
  static const std::vector<std::string> names = {"prefill", "decode"};
  static const std::vector<std::string> none;
  return &table == &keys() ? names : none;
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
    case KeyType::part:
      return "part";
    case KeyType::order:
      return "order";
  }
  return "";
}

}  // namespace vernier::config
