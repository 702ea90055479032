// SPDX-License-Identifier: Apache-2.0
#include "tests/exact/weights.h"

#include <regex>
#include <stdexcept>

namespace vernier::exact {
namespace {

int sign_extended(int code, int bits) { return code >= 1 << (bits - 1) ? code - (1 << bits) : code; }

int signed_magnitude(int code, int bits, const int* magnitudes) {
  const int half = 1 << (bits - 1);
  return code < half ? magnitudes[code] : -magnitudes[code - half];
}

int bitmod_value(int code, int bits, int selector) {
  constexpr int kMagnitudes3[] = {0, 1, 2, 4};
  constexpr int kMagnitudes4[] = {0, 1, 2, 3, 4, 6, 8, 12};  // halves
  constexpr int kSpecial3[] = {3, -3, 6, -6};
  constexpr int kSpecial4[] = {10, -10, 16, -16};  // halves
  if (code == 1 << (bits - 1)) return bits == 3 ? kSpecial3[selector] : kSpecial4[selector];
  return signed_magnitude(code, bits, bits == 3 ? kMagnitudes3 : kMagnitudes4);
}

int ant_value(int code, int selector) {
  constexpr int kFlint[] = {0, 1, 2, 3, 4, 6, 8, 16};
  constexpr int kPowers[] = {0, 1, 2, 4, 8, 16, 32, 64};
  if (selector == 0) return sign_extended(code, 4);
  return signed_magnitude(code, 4, selector == 1 ? kFlint : kPowers);
}

int olive_value(int code, int neighbour) {
  constexpr int kOutliers[] = {8, 12, 16, 24, 32, 48, 64, 96};
  if (code == 8) return 0;
  return neighbour == 8 ? signed_magnitude(code, 4, kOutliers) : sign_extended(code, 4);
}

/// Bits, the lowest first.
class Bits {
 public:
  void put(int value, int count) {
    for (int i = 0; i < count; ++i, ++size_) {
      if (size_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1) << (size_ % 8));
    }
  }
  void end_tile() { size_ = 8 * bytes_.size(); }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
  size_t size_ = 0;
};

/// The bits of a code: of lut those of lanes 0..2 inverted where lane 3 has a one.
int stored_code(const Weights& weights, int64_t row, int64_t col) {
  const auto code = [&](int64_t at) {
    return at < weights.k ? weights.codes[static_cast<size_t>(row * weights.k + at)] : 0;
  };
  if (weights.spec.coding != Coding::lut || col % 4 == 3) return code(col);
  return code(col) ^ code(col / 4 * 4 + 3);
}

}  // namespace

Spec spec_of(const std::string& name) {
  static const std::regex grammar(
      "(fp16)|(?:(int|lut|bitmod|ant|olive)([1-8])(_asym|_s8_unit|_s8|_unit|_dgq|_ch)?(?:_g([0-9]+))?)");
  std::smatch found;
  if (!std::regex_match(name, found, grammar)) {
    throw std::runtime_error("tests/exact has no decoder for the weight format '" + name +
                             "': write one in weights.cpp, from docs/formats.md");
  }
  Spec spec;
  if (found[1].matched) return spec;
  const std::string family = found[2], variant = found[4];
  spec.bits = std::stoi(found[3]);
  spec.group_size = found[5].matched ? std::stoi(found[5]) : 0;
  spec.coding = family == "int"      ? Coding::integer
                : family == "lut"    ? Coding::lut
                : family == "bitmod" ? Coding::bitmod
                : family == "ant"    ? Coding::ant
                                     : Coding::olive;
  spec.asymmetric = variant == "_asym";
  spec.dual_grained = variant == "_dgq";
  spec.integer_scale = variant == "_s8" || variant == "_s8_unit" || variant == "_dgq" || family == "bitmod";
  const bool stored = variant != "_unit" && variant != "_s8_unit";
  spec.scale_bits = !stored || variant == "_ch" ? 0 : spec.integer_scale ? 8 : 16;
  spec.channel_scale = variant == "_ch" || (spec.integer_scale && stored);
  spec.selector_bits = family == "bitmod" || family == "ant" ? 2 : 0;
  return spec;
}

Real Weights::integer(int64_t row, int64_t col) const {
  const int at = code(row, col);
  switch (spec.coding) {
    case Coding::fp16:
      return half_value(static_cast<uint16_t>(at));
    case Coding::integer:
      if (spec.dual_grained) return sign_extended(at, 4) * scales[group_of(row, col)];
      return spec.asymmetric ? at : sign_extended(at, spec.bits);
    case Coding::bitmod:
      return bitmod_value(at, spec.bits, selectors[group_of(row, col)]);
    case Coding::ant:
      return ant_value(at, selectors[group_of(row, col)]);
    case Coding::olive:
      return olive_value(at, code(row, col % 2 == 0 ? col + 1 : col - 1));
    case Coding::lut:
      return 2 * at - ((1 << spec.bits) - 1);
  }
  return 0;
}

int Weights::zero(int64_t row, int64_t col) const {
  const int stored = spec.asymmetric ? zero_points[group_of(row, col)] : 0;
  if (spec.coding != Coding::lut) return stored;
  if (spec.asymmetric) return 2 * stored - ((1 << spec.bits) - 1);
  return spec.bits == 1 ? 0 : 1;
}

Real Weights::scale(int64_t row, int64_t col) const {
  if (spec.scale_bits == 0 || spec.dual_grained) return 1;
  const uint16_t stored = scales[group_of(row, col)];
  return spec.integer_scale ? Real{1} * stored : half_value(stored);
}

Weights random_weights(std::mt19937_64& random, const Spec& spec, int64_t n, int64_t k, bool powers) {
  Weights weights;
  weights.spec = spec;
  weights.n = n;
  weights.k = k;
  const auto below = [&random](uint64_t limit) { return static_cast<uint16_t>(random() % limit); };
  const auto half = [&](int lowest, int highest, int fraction) {
    return static_cast<uint16_t>((lowest + below(static_cast<uint64_t>(highest - lowest + 1))) << 10 |
                                 fraction);
  };
  for (int64_t i = 0; i < n * k; ++i) {
    if (spec.coding != Coding::fp16) {
      const uint16_t code = below(uint64_t{1} << spec.bits);
      weights.codes.push_back(spec.dual_grained && code == 8 ? uint16_t{7} : code);
      continue;
    }
    const uint16_t magnitude = powers ? half(13, 16, below(4) << 8) : half(0, 16, below(1024));
    weights.codes.push_back(static_cast<uint16_t>(magnitude | below(2) << 15));
  }
  for (int64_t i = 0; i < n * weights.groups(); ++i) {
    const uint64_t largest = spec.dual_grained ? 18 : powers ? 63 : 255;
    if (spec.scale_bits == 8) weights.scales.push_back(static_cast<uint16_t>(1 + below(largest)));
    if (spec.scale_bits == 16)
      weights.scales.push_back(powers ? half(9, 14, 0) : half(0, 14, 1 + below(1023)));
    if (spec.selector_bits != 0) weights.selectors.push_back(below(4));
    if (spec.asymmetric) weights.zero_points.push_back(below(uint64_t{1} << spec.bits));
  }
  const int lowest = spec.integer_scale ? 2 : 8;
  for (int64_t i = 0; spec.channel_scale && i < n; ++i)
    weights.channel_scales.push_back(half(lowest, lowest + 6, below(1024)));
  return weights;
}

std::vector<uint8_t> pack(const Weights& weights, const Block& block) {
  const Spec& spec = weights.spec;
  const int64_t group = spec.group_size == 0 ? block.k : spec.group_size;
  Bits bits;
  for (int64_t tile = 0; tile < block.n; tile += block.rows) {
    const int64_t first = block.n0 + tile;
    const int64_t last = block.n0 + std::min<int64_t>(block.n, tile + block.rows);
    for (int64_t row = first; row < last && spec.channel_scale && block.with_channel_scales; ++row) {
      bits.put(weights.channel(row), 16);
    }
    for (int64_t begin = block.k0; begin < block.k0 + block.k; begin += group) {
      const int64_t end = std::min(block.k0 + block.k, begin + group);
      for (int64_t row = first; row < last; ++row) {
        const size_t at = weights.group_of(row, begin);
        if (spec.scale_bits != 0) bits.put(weights.scales[at], spec.scale_bits);
        if (spec.selector_bits != 0) bits.put(weights.selectors[at], spec.selector_bits);
        if (spec.asymmetric) bits.put(weights.zero_points[at], spec.bits);
      }
      for (int64_t step = begin; step < end; step += block.lanes) {
        for (int64_t row = first; row < last; ++row) {
          for (int64_t col = step; col < step + block.lanes; ++col) {
            const bool code_of_zero = spec.asymmetric && spec.coding != Coding::lut;
            const int beyond = code_of_zero ? weights.zero_points[weights.group_of(row, begin)] : 0;
            bits.put(col < end ? stored_code(weights, row, col) : beyond, spec.bits);
          }
        }
      }
    }
    bits.end_tile();
  }
  return bits.take();
}

}  // namespace vernier::exact
