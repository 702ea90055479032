// SPDX-License-Identifier: Apache-2.0
// The keys of scratchpads, DRAM and DMA.
#include "base/error.h"
#include "sim/config/key_records.h"
#include "sim/config/part_file.h"

namespace vernier::config {
namespace {

constexpr int64_t kGibi = int64_t{1} << 30;

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
      "Banks; a port moves stripe_banks times bank_width a cycle.", [pad](auto& c) -> auto& {
        return pad(c).banks;
      }));
  table.push_back(quantity(
      name_of_pad + ".bank_width", Unit::bit, kRequired, 1, 65536,
      "Bits one bank moves per cycle.", [pad](auto& c) -> auto& { return pad(c).bank_width_bits; }));
  table.push_back(quantity(
      name_of_pad + ".read_latency", Unit::cycle, whole(1), 1, 64,
      "From address to first data.", [pad](auto& c) -> auto& { return pad(c).read_latency_cycles; }));
  table.push_back(name(
      name_of_pad + ".ports", text("1r1w"), EnumNames<machine::PortKind>::list(),
      "Accesses a group of banks takes per cycle: one of any kind, one read and one write, two of any kind.",
      [pad](auto& c) -> auto& { return pad(c).ports; }));
  table.push_back(integer(
      name_of_pad + ".stripe_banks", whole(0), 0, 1024,
      "Banks of a group, which are accessed together; 0 = all of them.", [pad](auto& c) -> auto& {
        return pad(c).stripe_banks;
      }));
}

bool is_ideal(const AcceleratorConfig& config) { return config.dram_kind == kIdealDram; }

Key of_ideal(Key key) {
  key.applies = is_ideal;
  key.depends_on = "dram.kind";
  key.needs = "dram.kind: ideal";
  key.ignored = true;
  return key;
}

Key of_part(Key key) {
  key.applies = [](const AcceleratorConfig& config) { return !is_ideal(config); };
  key.depends_on = "dram.kind";
  key.needs = "a DRAM part";
  return key;
}

Key inherited(Key key) {
  key.inherited = true;
  return of_part(std::move(key));
}

void add_part(std::vector<Key>& table) {
  Key kind = name(
      "dram.kind", text(kIdealDram), {},
      "Memory model: `ideal` has a fixed latency and a fixed width; a part is simulated command by command.",
      [](auto& c) -> auto& { return c.dram_kind; });
  kind.type = KeyType::part;
  table.push_back(std::move(kind));
  table.push_back(of_part(integer(
      "dram.channels", whole(1), 1, 64, "Channels of the part, each with its own controller.",
      [](auto& c) -> auto& { return c.machine.dram.memory.channels; })));
  table.push_back(of_part(quantity(
      "dram.interleave", Unit::byte, whole(256), 1, 65536,
      "Consecutive bytes of one channel before the next follows; a multiple of the burst, divides the row.",
      [](auto& c) -> auto& { return c.machine.dram.memory.interleave_bytes; })));
  table.push_back(inherited(integer(
      "dram.ranks", kRequired, 1, 8, "Ranks of a channel.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.organisation.ranks; })));
  table.push_back(inherited(name(
      "dram.refresh", kRequired, EnumNames<dram::Refresh>::list(),
      "Refresh of all banks of a rank together, of one bank after the other, or none.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.controller.refresh; })));
  table.push_back(inherited(name(
      "dram.row_policy", kRequired, EnumNames<dram::RowPolicy>::list(),
      "Whether rows that no request wants stay open, are closed, or closed after a while.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.controller.row_policy; })));
  table.push_back(inherited(order(
      "dram.mapping", kRequired, "Fields of a channel's address, most significant first.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.controller.mapping; })));
}

void add_ideal(std::vector<Key>& table) {
  table.push_back(of_ideal(quantity(
      "dram.latency", Unit::cycle, kRequired, 0, 1000000,
      "From the end of a burst on the bus to its data being usable.",
      [](auto& c) -> auto& { return c.machine.dram.latency_cycles; })));
  table.push_back(of_ideal(quantity(
      "dram.width", Unit::bit, kRequired, 1, 65536, "Bits per accelerator cycle, shared by loads and stores.",
      [](auto& c) -> auto& { return c.machine.dram.bits_per_cycle; })));
  table.push_back(of_ideal(quantity(
      "dram.burst", Unit::byte, whole(64), 1, 65536,
      "Smallest transfer; a transfer moves whole aligned bursts.",
      [](auto& c) -> auto& { return c.machine.dram.burst_bytes; })));
  table.push_back(of_ideal(integer(
      "dram.stall_seed", whole(0), 0, std::numeric_limits<int64_t>::max(), "Seed of the random stalls.",
      [](auto& c) -> auto& { return c.machine.dram.stall_seed; })));
  table.push_back(of_ideal(integer(
      "dram.stall_permille", whole(0), 0, 1000,
      "Chance in a thousand that a burst is followed by a stall; 0 = never.",
      [](auto& c) -> auto& { return c.machine.dram.stall_permille; })));
  table.push_back(of_ideal(quantity(
      "dram.stall_max", Unit::cycle, whole(0), 0, 1000000, "Longest random stall.",
      [](auto& c) -> auto& { return c.machine.dram.stall_max_cycles; })));
}

}  // namespace

void add_memory_keys(std::vector<Key>& table) {
  add_scratchpad(
      table, "weight_scratchpad", "packed weights", [](auto& c) -> auto& { return c.machine.weight_spad; });
  add_scratchpad(
      table, "activation_scratchpad", "activations",
      [](auto& c) -> auto& { return c.machine.activation_spad; });
  add_scratchpad(
      table, "output_scratchpad", "partial sums, results and vector operands",
      [](auto& c) -> auto& { return c.machine.output_spad; });
  add_part(table);
  add_ideal(table);
  table.push_back(integer(
      "dma.max_in_flight", whole(128), 1, 65536,
      "Bursts of a DMA unit in flight, per channel: requested, and not yet in their place.",
      [](auto& c) -> auto& { return c.machine.dma_max_in_flight; }));
}

}  // namespace vernier::config
