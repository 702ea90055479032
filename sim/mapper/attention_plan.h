// SPDX-License-Identifier: Apache-2.0
// Attention of prefill in one schedule (docs/attention.md): which operators it replaces, and its blocks.
#pragma once

#include <cstdint>
#include <string>

#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"
#include "models/machine/machine.h"
#include "workloads/network.h"

namespace vernier::mapper {

/// What the configuration chooses.
struct MappingOptions {
  bool flash_attention = false;  ///< attention of prefill in one schedule, where is_attention() finds it
};

/// `batch` key/value heads, each with `group` heads of `tokens` queries that attend to `keys` keys.
struct AttentionShape {
  int64_t batch = 1, group = 1, tokens = 0, keys = 0;
  int64_t key_dim = 0;    ///< elements of a query and of a key
  int64_t value_dim = 0;  ///< elements of a value and of a result
  formats::GroupFormat key_format, value_format;
  formats::ActivationFormat queries = formats::ActivationFormat::fp16;
  formats::ActivationFormat probabilities = formats::ActivationFormat::fp16;
};

/// A tile is `rows` queries of one head against a block of `keys` keys. The queries and fp32 results of
/// `tiles` tiles of each of `heads` heads stay on chip while the keys and values stream by.
struct AttentionBlocks {
  int64_t rows = 0;
  int64_t tiles = 0;
  int64_t heads = 1;  ///< divides the group; above 1 only if the tiles hold all tokens
  int64_t keys = 0;
  uint64_t traffic_bytes = 0;  ///< estimate of the DRAM traffic in whole bursts
  double cycles = 0;           ///< the estimate that was minimised

  [[nodiscard]] int64_t resident() const { return heads * tiles * rows; }
};

/// Bytes of one slot of everything that attention keeps in a scratchpad.
struct AttentionSlots {
  uint64_t key = 0, value = 0;                               ///< weight scratchpad, two slots each
  uint64_t query = 0, probability = 0;                       ///< activation scratchpad, two slots each
  uint64_t score = 0, product = 0, result = 0, factors = 0;  ///< output scratchpad, two slots each
  uint64_t statistics = 0, accumulators = 0;                 ///< output scratchpad, one each

  [[nodiscard]] uint64_t weight_bytes() const { return 2 * (key + value); }
  [[nodiscard]] uint64_t activation_bytes() const { return 2 * (query + probability); }
  [[nodiscard]] uint64_t output_bytes() const {
    return 2 * (score + product + result + factors) + statistics + accumulators;
  }
};

[[nodiscard]] AttentionSlots attention_slots(const AttentionShape& shape, const AttentionBlocks& blocks,
                                             const machine::Machine& machine);

/// The blocks whose estimated cycles, max(DRAM, array, vector unit), are within half a percent of the fewest,
/// and among these the ones with the least traffic. Throws InputError MAP001, naming scratchpad and bytes, if
/// not even the smallest fit. `name` is the operator in messages.
[[nodiscard]] AttentionBlocks choose_attention(const AttentionShape& shape, const machine::Machine& machine,
                                               const std::string& name);

/// Whether operators [at, at + 3) of the segment are scores, their softmax and its product with the values,
/// and nothing else in the network uses what passes between them.
[[nodiscard]] bool is_attention(const workloads::Network& network, const workloads::Segment& segment,
                                size_t at);

}  // namespace vernier::mapper
