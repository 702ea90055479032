// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vernier::onnx {
namespace {

struct TypeFacts {
  ElementType type;
  const char* name;
  int bits;
  bool real;
};

constexpr std::array kTypes = {
    TypeFacts{ElementType::fp32, "fp32", 32, true},
    TypeFacts{ElementType::uint8, "uint8", 8, false},
    TypeFacts{ElementType::int8, "int8", 8, false},
    TypeFacts{ElementType::uint16, "uint16", 16, false},
    TypeFacts{ElementType::int16, "int16", 16, false},
    TypeFacts{ElementType::int32, "int32", 32, false},
    TypeFacts{ElementType::int64, "int64", 64, false},
    TypeFacts{ElementType::text, "text", 0, false},
    TypeFacts{ElementType::boolean, "bool", 8, false},
    TypeFacts{ElementType::fp16, "fp16", 16, true},
    TypeFacts{ElementType::fp64, "fp64", 64, true},
    TypeFacts{ElementType::uint32, "uint32", 32, false},
    TypeFacts{ElementType::uint64, "uint64", 64, false},
    TypeFacts{ElementType::bf16, "bf16", 16, true},
    TypeFacts{ElementType::fp8_e4m3, "fp8_e4m3", 8, true},
    TypeFacts{ElementType::fp8_e4m3_uz, "fp8_e4m3_uz", 8, true},
    TypeFacts{ElementType::fp8_e5m2, "fp8_e5m2", 8, true},
    TypeFacts{ElementType::fp8_e5m2_uz, "fp8_e5m2_uz", 8, true},
    TypeFacts{ElementType::uint4, "uint4", 4, false},
    TypeFacts{ElementType::int4, "int4", 4, false},
};

constexpr TypeFacts kNone{ElementType::none, "unknown", 0, false};

const TypeFacts& facts(ElementType type) {
  for (const TypeFacts& known : kTypes) {
    if (known.type == type) return known;
  }
  return kNone;
}

}  // namespace

ElementType element_type(int64_t code) {
  for (const TypeFacts& known : kTypes) {
    if (static_cast<int64_t>(known.type) == code) return known.type;
  }
  return ElementType::none;
}

const char* name_of(ElementType type) { return facts(type).name; }
int bits_of(ElementType type) { return facts(type).bits; }
bool is_real(ElementType type) { return facts(type).real; }

std::optional<int64_t> elements_of(const Shape& shape) {
  if (shape.size() > kMaxRank) return std::nullopt;
  int64_t product = 1;
  bool empty = false;
  for (const int64_t dimension : shape) {
    if (dimension < 0 || dimension > kMaxDimension) return std::nullopt;
    if (dimension == 0) {
      empty = true;
    } else if (product > kMaxElements / dimension) {
      return std::nullopt;
    } else {
      product *= dimension;
    }
  }
  return empty ? 0 : product;
}

std::optional<int64_t> product_of(int64_t a, int64_t b) {
  int64_t product = 0;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product) || product > kMaxWork) return std::nullopt;
  return product;
}

std::string text_of(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

bool round_to(ElementType type, Numbers& numbers) {
  if (type == ElementType::fp32) {
    for (double& value : numbers.reals) value = static_cast<double>(static_cast<float>(value));
  }
  if (is_real(type)) return type == ElementType::fp32 || type == ElementType::fp64;
  const std::string name = name_of(type);
  const int bits = bits_of(type);
  if (bits == 0 || type == ElementType::uint4 || type == ElementType::int4) return false;
  if (type == ElementType::boolean || bits == 64) {
    const bool sign = type == ElementType::int64;
    return sign ||
           std::all_of(numbers.integers.begin(), numbers.integers.end(), [](int64_t v) { return v >= 0; });
  }
  const bool sign = name.front() == 'i';
  const int64_t most = (int64_t{1} << (sign ? bits - 1 : bits)) - 1;
  const int64_t least = sign ? -most - 1 : 0;
  return std::all_of(numbers.integers.begin(), numbers.integers.end(),
                     [&](int64_t v) { return v >= least && v <= most; });
}

}  // namespace vernier::onnx
