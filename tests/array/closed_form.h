// SPDX-License-Identifier: Apache-2.0
// Cycles of a pass in closed form, derived from docs/timing.md on paper and sharing nothing with the models:
// a witness for the timing descriptor and for the array.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>

#include "models/machine/machine.h"

namespace vernier::array_test {

/// What docs/array.md says about a PE with a weight format; written out here, not asked from the code.
struct Facts {
  std::string pe;
  std::string format;
  int64_t element_bits = 16;
  int64_t meta_bits = 0;  ///< group parameters per row and group
  int64_t group = 0;      ///< 0 = no groups
  int64_t terms = 1;      ///< T
  int64_t dequant = 0;    ///< D_q
  int64_t tail = 2;       ///< TAIL
  bool channel_scale = false;
};

/// The formats of docs/array.md by family name: "fp16" or one of the table of the bitmod PE.
inline Facts facts(const std::string& family, int64_t group = 0) {
  if (family == "fp16") return {"fp16_mac", "fp16", 16, 0, 0, 1, 0, 2, false};
  Facts result{"bitmod", "", 0, 8, group, 0, 8, 11, true};
  const std::string suffix = "_g" + std::to_string(group);
  const auto set = [&](const std::string& name, int64_t bits, int64_t terms, int64_t selector) {
    result.format = name + suffix;
    result.element_bits = bits;
    result.terms = terms;
    result.meta_bits += selector;
  };
  if (family == "int8") set("int8_s8", 8, 4, 0);
  if (family == "int6") set("int6_s8", 6, 3, 0);
  if (family == "int5") set("int5_s8", 5, 3, 0);
  if (family == "int4") set("int4_s8", 4, 2, 0);
  if (family == "bitmod4") set("bitmod4", 4, 2, 2);
  if (family == "bitmod3") set("bitmod3", 3, 2, 2);
  if (result.format.empty()) throw std::logic_error("no facts about " + family);
  return result;
}

inline int64_t ceil_of(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

struct PassShape {
  int64_t m = 1, n = 1, k = 1;
  bool final = true;
};

/// f and f0: cycles to fetch a step, and the first step of a group.
struct Fetch {
  int64_t step = 1, first = 1;
};

inline Fetch fetch_of(const machine::Machine& machine, const Facts& facts, const PassShape& shape) {
  const int64_t lanes = machine.array.lanes;
  const int64_t weight_port = int64_t{machine.weight_spad.banks} * machine.weight_spad.bank_width_bits;
  const int64_t act_port = int64_t{machine.activation_spad.banks} * machine.activation_spad.bank_width_bits;
  const int64_t acts = ceil_of(shape.m * lanes * 16, act_port);
  const int64_t weights = shape.n * lanes * facts.element_bits;
  return {std::max(acts, ceil_of(weights, weight_port)),
          std::max(acts, ceil_of(weights + shape.n * facts.meta_bits, weight_port))};
}

/// d: cycles to write a column.
inline int64_t write_of(const machine::Machine& machine, const PassShape& shape) {
  const int64_t port = int64_t{machine.output_spad.banks} * machine.output_spad.bank_width_bits;
  return ceil_of(shape.n * (shape.final ? 16 : 32), port);
}

inline int64_t read_latency_of(const machine::Machine& machine) {
  return std::max(machine.weight_spad.read_latency_cycles, machine.activation_spad.read_latency_cycles);
}

/// Cycles from the beginning of the pass to the issue of the last term. Steps of a group follow each other
/// after F = max(f, T) cycles, the first of the next group after F0 = max(f0, T); so ends of full groups are
/// P = (s-1)F + F0 apart, or D_q if that is more. The last group may have fewer steps.
inline int64_t last_term(const machine::Machine& machine, const Facts& facts, const PassShape& shape) {
  const Fetch fetch = fetch_of(machine, facts, shape);
  const int64_t lanes = machine.array.lanes;
  const int64_t step = std::max(fetch.step, facts.terms);
  const int64_t first = std::max(fetch.first, facts.terms);
  const int64_t group = facts.group == 0 ? shape.k : facts.group;
  const int64_t groups = ceil_of(shape.k, group);
  const int64_t full_steps = ceil_of(std::min(group, shape.k), lanes);
  const int64_t last_steps = ceil_of(shape.k - (groups - 1) * group, lanes);
  const auto apart = [&](int64_t steps) { return std::max((steps - 1) * step + first, facts.dequant); };
  int64_t issue = read_latency_of(machine) + fetch.first + (full_steps - 1) * step + facts.terms;
  if (groups > 1) issue += (groups - 2) * apart(full_steps) + apart(last_steps);
  return issue;
}

inline int64_t pass_cycles(const machine::Machine& machine, const Facts& facts, const PassShape& shape) {
  const bool systolic = machine.array.delivery == machine::Delivery::systolic;
  const int64_t skew = systolic ? shape.n + shape.m - 2 : 0;
  return last_term(machine, facts, shape) + skew + facts.tail + 2 + shape.m * write_of(machine, shape);
}

/// A small machine with random ports, latencies, lanes and delivery.
inline machine::Machine random_machine(std::mt19937_64& random, const Facts& facts, int largest) {
  const auto pick = [&random](int low, int high) {
    return low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
  };
  machine::Machine machine;
  machine.array = {facts.pe, pick(1, largest), pick(1, largest), facts.pe == "bitmod" ? pick(1, 8) : 1,
                   pick(0, 1) == 0 ? machine::Delivery::broadcast : machine::Delivery::systolic};
  for (machine::ScratchpadParams* spad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    *spad = {4096, pick(1, 4), 8 << pick(0, 5), pick(1, 3)};
  }
  return machine;
}

}  // namespace vernier::array_test
