// SPDX-License-Identifier: Apache-2.0
// What the blocks at the edge of a row have in common: the pins of decoders with 8-bit weight slots, and the
// output of PEs with an integer group sum.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "models/formats/ieee.h"
#include "sim/cosim/block_spec.h"

namespace vernier::cosim::blocks {

/// Input words of a decoder of up to four lanes, with a row bus of at most 32 bits.
enum DecoderPin { kFormat, kIssue, kTerm, kLast, kWeights, kScale, kTag };

/// `row` gives the row bus above {last, valid} for the inputs of an issued term, and clears the bits of
/// `care` that may be anything. PEs look at nothing but `valid` if it is not set.
inline BlockSpec decoder(const std::string& pe, int lanes, int row_bits, BlockFunction row) {
  BlockSpec spec{pe + "_decoder",
                 pe,
                 {{"format_i", 8},
                  {"issue_i", 1},
                  {"term_i", 3},
                  {"last_i", 1},
                  {"weights_i", 8 * lanes},
                  {"scale_i", 16},
                  {"tag_i", 8}},
                 {{"row_o", row_bits}},
                 64,
                 0,
                 {},
                 {}};
  spec.golden = combinational([row = std::move(row)](const uint32_t* in, uint32_t* out, uint32_t* care) {
    if (in[kIssue] == 0) {
      care[0] = 1;
      return;
    }
    uint32_t bus = 0;
    uint32_t bus_care = UINT32_MAX >> 2;
    row(in, &bus, &bus_care);
    out[0] = bus << 2 | in[kLast] << 1 | 1U;
    care[0] = bus_care << 2 | 3U;
  });
  return spec;
}

/// Every slot in lane 0: a cycle is a slot, a vector is what `choose` makes of its number. All else but the
/// slots of other lanes is random; in the last cycle nothing is issued.
inline void try_every_slot(BlockSpec& spec, uint64_t vectors,
                           std::function<void(uint64_t vector, uint32_t* in)> choose) {
  spec.cycles = 257;
  spec.all = vectors;
  spec.drive = [choose = std::move(choose)](Random& random, uint64_t vector, int cycle, uint32_t* in) {
    for (int pin = kFormat; pin <= kTag; ++pin) in[pin] = static_cast<uint32_t>(random.bits());
    in[kIssue] = cycle < 256 ? 1 : 0;
    in[kWeights] = static_cast<uint32_t>(cycle) & 0xffU;
    choose(vector, in);
  };
}

/// An integer of as many significant bits as chance has it, often with a run of ones or zeros below them.
inline int32_t any_sum(Random& random) {
  const int64_t bits = static_cast<int64_t>(random.bits()) >> random.pick(32, 63);
  const int64_t low = (int64_t{1} << random.pick(0, 30)) - 1;
  return static_cast<int32_t>(random.chance(50) ? bits ^ low : bits);
}

/// The int32 group sum as fp32, rounded once.
inline BlockSpec integer_output(const std::string& pe) {
  return {pe + "_output",
          pe,
          {{"acc_i", 32}},
          {{"fp32_o", 32}},
          64,
          0,
          [](Random& random, uint64_t, int, uint32_t* in) { in[0] = static_cast<uint32_t>(any_sum(random)); },
          combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
            out[0] = formats::fp32_bits(static_cast<float>(static_cast<int32_t>(in[0])));
          })};
}

}  // namespace vernier::cosim::blocks
