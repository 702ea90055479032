// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "models/isa/instruction.h"

namespace vernier::isa {
namespace {

template <size_t count>
const char* pick(const std::array<const char*, count>& names, size_t index, const char* what) {
  VERNIER_INVARIANT(index < count, "{} {} has no name", what, index);
  return names[index];
}

}  // namespace

const char* name_of(Queue queue) {
  static constexpr std::array<const char*, kQueueCount> kNames = {"load", "compute", "vector", "store"};
  return pick(kNames, static_cast<size_t>(queue), "queue");
}

const char* name_of(Scratchpad scratchpad) {
  static constexpr std::array<const char*, 3> kNames = {"weight", "activation", "output"};
  return pick(kNames, static_cast<size_t>(scratchpad), "scratchpad");
}

const char* name_of(Opcode opcode) {
  static constexpr std::array<const char*, 5> kNames = {"load", "store", "gemm", "vector", "sync"};
  return pick(kNames, static_cast<size_t>(opcode), "opcode");
}

const char* name_of(VectorOp op) {
  static constexpr std::array<const char*, 19> kNames = {
      "copy",        "add",       "multiply",  "scale",   "silu_multiply", "silu",     "gelu",
      "relu",        "rmsnorm",   "layernorm", "softmax", "rope",          "quantize", "online_softmax",
      "rescale_add", "normalise", "unary",     "binary",  "requantize"};
  return pick(kNames, static_cast<size_t>(op), "vector operation");
}

}  // namespace vernier::isa
