// SPDX-License-Identifier: Apache-2.0
// One GEMM on its way through a whole machine: fp16 inputs in DRAM, conversion of activations, mapping, an
// engine, fp16 results in DRAM.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/machine/machine.h"
#include "sim/mapper/mapper.h"
#include "tests/exact/weights.h"
#include "workloads/network.h"

namespace vernier::exact {

/// Who makes the activations that the array reads.
enum class Route {
  input,     ///< an operator of its own, from the network's input
  fused,     ///< the vector operator that makes the values
  separate,  ///< an operator of its own, from the result of a vector operator
};

/// batch x outer matrices of m tokens, the weights of a batch entry shared by `outer`, as in attention.
struct Shape {
  int64_t batch = 1, outer = 1, m = 1, n = 1, k = 1;
  int64_t repeat = 1;  ///< of the segment; results are those of the last repetition

  [[nodiscard]] int64_t tokens() const { return batch * outer * m; }
};

struct Product {
  machine::Machine machine;
  std::string weight_format;
  formats::ActivationFormat activations = formats::ActivationFormat::fp16;
  Route route = Route::input;
  Shape shape;
  bool roomy = true;    ///< large scratchpads; else the smallest ones for which there is a mapping
  bool clocked = true;  ///< in the `systemc` engine, too

  std::vector<uint16_t> inputs;    ///< fp16, [batch][outer][m][k]
  Real int8_scale = Real{1} / 16;  ///< workloads/activation_formats.h: of everything but softmax
  std::vector<Weights> weights;    ///< [repeat][batch]
};

struct Results {
  int64_t block_k = 0;                        ///< elements along K of a gemm instruction, but for the last
  std::vector<uint16_t> functional, systemc;  ///< fp16, [batch][outer][m][n]; the second may be empty
};

/// A machine around an array, without anything that matters to values.
machine::Machine machine_around(const machine::ArrayParams& array);

/// Runs it in the functional model and, if it is to be, in the `systemc` engine.
Results run(const Product& product);

/// Maps a network on a machine; if not `roomy` the scratchpads are made the smallest that will do.
mapper::MappedProgram map(const workloads::Network& network, machine::Machine& machine, bool roomy,
                          const mapper::MappingOptions& options = {});

/// Puts inputs and weights into the DRAM image.
using Place = std::function<void(std::vector<uint8_t>& image)>;
/// Runs a program on the product's machine; results are those of `out`, a window of the product's shape.
Results run_program(const Product& product, const mapper::MappedProgram& mapped, const workloads::View& out,
                    const Place& place);

/// What the engines leave of a DRAM image; `systemc` is empty if not `clocked`.
struct Images {
  std::vector<uint8_t> functional, systemc;
};
Images run_engines(const mapper::MappedProgram& mapped, const machine::Machine& machine,
                   const std::vector<uint8_t>& before, bool clocked);

void put_half(std::vector<uint8_t>& image, uint64_t address, uint16_t bits);
uint16_t half_at(const std::vector<uint8_t>& image, uint64_t address);

/// Where an element of a window lies, of a row [batch][outer][m] of the shape.
uint64_t address_of(const mapper::MemoryMap& map, const workloads::View& view, const Shape& shape,
                    int64_t row, int64_t col);
/// Writes rows of `width` fp16 numbers.
void place_rows(const mapper::MemoryMap& map, const workloads::View& view, const Shape& shape, int64_t width,
                const std::vector<uint16_t>& rows, std::vector<uint8_t>& image);

/// Packs one matrix per repetition and batch entry into the region of an operand: by its tensor.
void place(const mapper::MemoryMap& map, int tensor,
           const std::function<const Weights&(int64_t repeat, int64_t batch)>& of,
           std::vector<uint8_t>& image);

}  // namespace vernier::exact
