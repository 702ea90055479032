// SPDX-License-Identifier: Apache-2.0
// One accelerator configuration, resolved: every key of docs/configuration.md has a value here, the
// overrides of the chosen phase and of the command line are applied, all ranges are checked.
#pragma once

#include <string>

#include "models/formats/activation_format.h"
#include "models/machine/machine.h"
#include "workloads/cache_format.h"

namespace vernier::config {

/// PE name of a machine that has only numbers (lanes, cycles per step): it runs analytically only.
inline constexpr const char* kDeclaredPe = "declared";

/// Number formats by group format name (models/formats/group_format.h).
struct FormatChoice {
  std::string weight;  ///< linear layers
  std::string kv;      ///< default of the next two
  std::string key;     ///< cached keys
  std::string value;   ///< cached values
  workloads::CacheAxis key_axis = workloads::CacheAxis::token;
  workloads::CacheAxis value_axis = workloads::CacheAxis::channel;
  formats::ActivationFormat activation = formats::ActivationFormat::fp16;  ///< not a table
};

/// Where the lookup tables of a PE that takes tables are made.
enum class TablePrecompute {
  fused,     ///< by the operator that makes the activations, where that is possible
  separate,  ///< by an operator of its own
  in_array,  ///< at the column edge of the array, from activations in formats.activation
};

/// What the entries of these tables are.
enum class TableEntries { fp16, int8 };

/// Meaningful for PEs that take tables only; `table` not with in_array.
struct LutParams {
  TablePrecompute precompute = TablePrecompute::fused;
  TableEntries table = TableEntries::int8;
};

/// How the mapper does attention in prefill.
enum class AttentionMapping {
  flash,    ///< in one schedule: scores and probabilities stay on chip
  unfused,  ///< three operators through DRAM
};

/// How the `analytical` fidelity counts the work of attention.
enum class AttentionAccounting {
  per_head,   ///< the work there is
  published,  ///< as in the BitMoD artifact, which counts QK^T once too often per head
};

/// What the `analytical` fidelity needs beside the machine. Lanes are machine.array.lanes.
struct AnalyticalParams {
  double weight_bits = 0;   ///< bits per weight, in traffic; 0 = from formats.weight
  double kv_bits = 0;       ///< bits per cached key or value, in traffic; 0 = from formats.kv
  int cycles_per_step = 0;  ///< of the linear layers and of attention; 0 = from the PE descriptor
  AttentionAccounting attention = AttentionAccounting::per_head;
};

/// Banks that the reference points of SRAM do not surround.
enum class SramOutside { none, extrapolate };

/// How the energy of DRAM is counted.
enum class DramEnergy {
  automatic,  ///< by command where the part has currents, per bit for `ideal`
  command,
  flat,  ///< per bit on the bus
};

/// Where the numbers of energy and area are from (docs/energy.md).
struct EnergyParams {
  std::string table;  ///< configs/energy/<table>.yaml: blocks of the array
  std::string node;   ///< process node of the report: "28nm"
  SramOutside sram = SramOutside::none;
  DramEnergy dram = DramEnergy::automatic;
  double dram_pj_per_bit = 0;  ///< flat
};

struct AcceleratorConfig {
  machine::Machine machine;         ///< machine.name is the name of the configuration
  std::string dram_kind = "ideal";  ///< dram.kind: ideal, or where machine.dram.memory.part is from
  FormatChoice formats;
  LutParams lut;
  AttentionMapping attention = AttentionMapping::flash;
  AnalyticalParams analytical;
  EnergyParams energy;
};

}  // namespace vernier::config
