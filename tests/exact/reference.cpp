// SPDX-License-Identifier: Apache-2.0
#include "tests/exact/reference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace vernier::exact {
namespace {

const Rounding kIntegers;

}  // namespace

const Rounding& rounding_of(const std::string& pe) {
  // docs/array.md and tests/pe/bitmod_test.cpp, fp16_mac_test.cpp; docs/pe/lut.md, "Errors";
  // docs/pe/mixpe.md, "Error".
  static const std::vector<Rounding> known = {
      {"bitmod", 0x1p-9L},
      {"fp16_mac", 0x1p-9L, 0, true},
      {"lut", 0x1p-10L, 0x1p-6L, false, true},
      {"mixpe_a16", 0x1p-20L},
  };
  for (const Rounding& rounding : known) {
    if (rounding.pe == pe) return rounding;
  }
  throw std::runtime_error("tests/exact does not know how '" + pe +
                           "' rounds activations that are no integers: give it a line in reference.cpp with "
                           "the bound of its page");
}

const Weights& Reference::weights(int64_t row) const {
  const Shape& shape = product_.shape;
  const int64_t batch = row / (shape.outer * shape.m);
  return product_.weights[static_cast<size_t>((shape.repeat - 1) * shape.batch + batch)];
}

Real Reference::activation(int64_t row, int64_t col) const {
  const Real value = half_value(product_.inputs[static_cast<size_t>(row * product_.shape.k + col)]);
  if (int8()) return int8_units(value, product_.int8_scale);
  return product_.activations == formats::ActivationFormat::fp8_e4m3 ? fp8_value(value) : value;
}

Real Reference::weight(const Weights& weights, int64_t channel, int64_t col) const {
  const Real value =
      (weights.integer(channel, col) - weights.zero(channel, col)) * weights.scale(channel, col);
  const bool rounded = !int8() && rounding_of(product_.machine.array.pe).dequantizes_first;
  return rounded ? half_value(half_of(value)) : value;
}

Real Reference::pin(const Weights& weights, int64_t channel) const {
  return half_value(half_of(half_value(weights.channel(channel)) * (int8() ? product_.int8_scale : Real{1})));
}

uint16_t Reference::finish(float sum, const Weights& weights, int64_t channel) const {
  const float scaled = sum * static_cast<float>(pin(weights, channel));
  return half_of(scaled * weights.spec.unit());
}

uint16_t Reference::exact(int64_t row, int64_t channel) const {
  const Weights& w = weights(row);
  Real sum = 0;
  for (int64_t k = 0; k < product_.shape.k; ++k) sum += activation(row, k) * weight(w, channel, k);
  const auto narrow = static_cast<float>(sum);
  EXPECT_EQ(Real{narrow}, sum) << "row " << row << " channel " << channel << ": the data are no good";
  return finish(narrow, w, channel);
}

uint16_t Reference::integer(int64_t row, int64_t channel, int64_t block_k) const {
  const Weights& w = weights(row);
  const machine::ArrayParams& array = product_.machine.array;
  const int64_t k = product_.shape.k;
  // A weight-stationary array adds tile to tile, as if each were an instruction.
  const int64_t block = array.weight_stationary() ? array.rows : block_k;
  const int64_t group = w.spec.group_size == 0 ? k : w.spec.group_size;
  float partial = 0;
  for (int64_t begin = 0; begin < k; begin += block) {
    const int64_t block_end = std::min(k, begin + block);
    float output = 0;
    for (int64_t at = begin; at < block_end; at += group) {
      const int64_t end = std::min(block_end, at + group);
      Real products = 0, activations = 0;  // integers
      for (int64_t i = at; i < end; ++i) {
        products += activation(row, i) * w.integer(channel, i);
        activations += activation(row, i);
      }
      auto difference = static_cast<float>(products);
      const int zero = w.zero(channel, at);
      if (zero != 0) difference -= static_cast<float>(zero) * static_cast<float>(activations);
      output += difference * static_cast<float>(w.scale(channel, at));
    }
    partial = output + partial;
  }
  return finish(partial, w, channel);
}

uint16_t Reference::special(int64_t row, int64_t channel) const {
  const Weights& w = weights(row);
  const int64_t k = product_.shape.k;
  const int64_t group = w.spec.group_size == 0 ? k : w.spec.group_size;
  const Rounding& rounding = int8() ? kIntegers : rounding_of(product_.machine.array.pe);
  float sum = 0;
  for (int64_t begin = 0; begin < k; begin += group) {
    const auto scale = static_cast<float>(w.scale(channel, begin));
    float difference = 0;  // exact if finite
    Real in_table = 0;
    for (int64_t i = begin; i < std::min(k, begin + group); ++i) {
      in_table = (i % 4 == 0 ? 0 : in_table) + std::fabs(activation(row, i));
      if (rounding.tables && in_table >= 65520) return 0x7e00;
      const auto a = static_cast<float>(activation(row, i));
      const auto integer = static_cast<float>(w.integer(channel, i) - w.zero(channel, i));
      if (rounding.dequantizes_first) {
        sum += a * static_cast<float>(half_value(half_of(scale * integer)));
      } else {
        if (!std::isfinite(a)) return 0x7e00;
        difference += a * integer;
      }
    }
    if (!rounding.dequantizes_first) sum += difference * scale;
  }
  return finish(sum, w, channel);
}

bool Reference::within_bound(int64_t row, int64_t channel, uint16_t result) const {
  const Rounding& rounding = rounding_of(product_.machine.array.pe);
  const bool int8_tables = product_.activations == formats::ActivationFormat::table_int8;
  const Weights& w = weights(row);
  const int largest = (1 << w.spec.bits) - 1;
  Real sum = 0, terms = 0, rounded_away = 0x1p-24L;
  for (int64_t k = 0; k < product_.shape.k; ++k) {
    const Real factor = w.scale(channel, k) * activation(row, k) * w.spec.unit() * pin(w, channel);
    const Real integer = w.integer(channel, k);
    const int zero = w.zero(channel, k);
    sum += factor * (integer - zero);
    terms += std::fabs(factor) *
             (rounding.tables ? largest * (1 + std::abs(zero)) : std::fabs(integer) + std::abs(zero));
    // A weight rounded to a subnormal fp16.
    if (rounding.dequantizes_first)
      rounded_away += std::fabs(activation(row, k) * pin(w, channel)) * 0x1p-25L;
  }
  const Real bound = (int8_tables ? rounding.bound_int8_tables : rounding.bound) * terms + rounded_away +
                     std::fabs(sum) * 0x1p-10L;
  const Real value = half_value(result);
  const Real found = std::isinf(value) ? std::copysign(Real{65520}, value) : value;
  const bool beyond = std::isinf(value) && std::fabs(sum) > 65520 && std::signbit(sum) == std::signbit(found);
  if (beyond || std::fabs(found - sum) <= bound) return true;
  ADD_FAILURE() << "row " << row << " channel " << channel << ": exactly " << static_cast<double>(sum)
                << ", found " << static_cast<double>(found) << ", bound " << static_cast<double>(bound);
  return false;
}

uint16_t one_hot(int64_t hot, int64_t col) {
  if (hot != col) return 0;
  return half_of(std::ldexp(hot % 3 == 0 ? Real{-1} : Real{1}, static_cast<int>(hot % 4) - 1));
}

bool is_due(const char* engine, int64_t row, int64_t channel, uint16_t found, uint16_t due) {
  if (found == due) return true;
  ADD_FAILURE() << fmt::format("{}, row {} channel {}: found {:04x} = {}, due {:04x} = {}", engine, row,
                               channel, found, static_cast<double>(half_value(found)), due,
                               static_cast<double>(half_value(due)));
  return false;
}

bool holds(const Product& product, const Results& results, const std::function<Due(int64_t row)>& due) {
  const Reference reference(product);
  for (int64_t row = 0; row < product.shape.tokens(); ++row) {
    for (int64_t n = 0; n < product.shape.n; ++n) {
      const auto at = static_cast<size_t>(row * product.shape.n + n);
      const uint16_t found = results.functional[at];
      if (product.clocked && !is_due("systemc beside functional", row, n, results.systemc[at], found))
        return false;
      const Due kind = due(row);
      if (kind == Due::bound) {
        if (!reference.within_bound(row, n, found)) return false;
        continue;
      }
      const uint16_t wanted = kind == Due::exact     ? reference.exact(row, n)
                              : kind == Due::special ? reference.special(row, n)
                                                     : reference.integer(row, n, results.block_k);
      if (!is_due("functional", row, n, found, wanted)) return false;
    }
  }
  return !testing::Test::HasFailure();
}

}  // namespace vernier::exact
