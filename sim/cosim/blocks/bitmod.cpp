// SPDX-License-Identifier: Apache-2.0
// rtl/pe/bitmod: decoders against formats::weight_terms, the output conversion against exact arithmetic.
#include <cmath>
#include <deque>

#include "models/formats/ieee.h"
#include "models/formats/terms.h"
#include "models/pe/registry.h"
#include "sim/cosim/block_spec.h"

namespace vernier::cosim::blocks {
namespace {

/// The weight formats of the PE by the code on the pin.
const std::vector<formats::GroupFormat>& formats_by_code() {
  static const std::vector<formats::GroupFormat> formats = [] {
    const pe::PeDescriptor& bitmod = pe::pe("bitmod");
    std::vector<formats::GroupFormat> found(bitmod.example_formats.size());
    for (const std::string& name : bitmod.example_formats) {
      const formats::GroupFormat format = formats::group_format(name);
      found.at(bitmod.format_code(format, formats::ActivationFormat::fp16)) = format;
    }
    return found;
  }();
  return formats;
}

/// {sign, shift[2:0], valid}; sign and shift of a term that is not valid may be anything.
void term(uint32_t format, uint32_t index, uint32_t slot, uint32_t selector, uint32_t& out, uint32_t& care) {
  const formats::GroupFormat& weights = formats_by_code().at(format);
  const auto code = static_cast<uint16_t>(slot & ((1U << weights.element_bits) - 1));
  const formats::Term term = formats::weight_terms(weights, code, static_cast<int>(selector)).at(index);
  out = (term.negative ? 16U : 0U) | uint32_t{term.shift} << 1 | (term.valid ? 1U : 0U);
  care = term.valid ? 31U : 1U;
}

uint32_t random_format(Random& random) {
  return static_cast<uint32_t>(random.pick(0, static_cast<int>(formats_by_code().size()) - 1));
}
uint32_t terms_of(uint32_t format) {
  return static_cast<uint32_t>(formats::term_count(formats_by_code().at(format)));
}

/// Two lanes. The scale of a group whose last term is issued in cycle u leaves in u+2..u+9.
class Decoder : public IBlockGolden {
 public:
  // Pins.
  static constexpr size_t kFormat = 0, kIssue = 1, kTerm = 2, kLast = 3, kWeights = 4, kScale = 5, kTag = 6;

  void reset() override { ends_.clear(); }
  void outputs(const uint32_t* in, uint32_t* out, uint32_t* care) override {
    out[0] = in[kIssue] << 1 | in[kLast];
    for (const auto& [age, scale] : ends_) {
      if (age < 2) continue;
      const uint32_t bit = scale >> (9 - age) & 1U;
      out[0] |= 32U | (age == 2 ? 16U : 0U) | (age == 9 ? 8U : 0U) | bit << 2;
    }
    if ((out[0] & 32U) == 0) care[0] &= ~4U;
    for (uint32_t lane = 0; lane < 2; ++lane) {
      uint32_t bits = 0;
      uint32_t mask = 0;
      term(in[kFormat], in[kTerm], in[kWeights] >> (8 * lane) & 0xffU, in[kTag] & 3U, bits, mask);
      out[0] |= bits << (6 + 5 * lane);
      care[0] &= ~((mask ^ 31U) << (6 + 5 * lane));
    }
  }
  void edge(const uint32_t* in) override {
    for (auto& [age, scale] : ends_) ++age;
    if (in[kIssue] != 0 && in[kLast] != 0) ends_.emplace_back(1, in[kScale] & 0xffU);
    if (!ends_.empty() && ends_.front().first > 9) ends_.pop_front();
  }

 private:
  std::deque<std::pair<int, uint32_t>> ends_;  // cycles since, scale
};

BlockSpec decoder() {
  return {"bitmod_decoder",
          "bitmod",
          {{"format_i", 8},
           {"issue_i", 1},
           {"term_i", 3},
           {"last_i", 1},
           {"weights_i", 16},
           {"scale_i", 16},
           {"tag_i", 8}},
          {{"row_o", 16}},
          64,
          0,
          [](Random& random, uint64_t vector, int cycle, uint32_t* in) {
            using Pin = Decoder;
            // Groups end 8 cycles apart or more.
            const bool ends = cycle % (8 + static_cast<int>(vector % 5)) == 7;
            in[Pin::kFormat] = random_format(random);
            in[Pin::kIssue] = ends || random.chance(60) ? 1 : 0;
            in[Pin::kTerm] = static_cast<uint32_t>(random.bits()) % terms_of(in[Pin::kFormat]);
            in[Pin::kLast] = ends || (in[Pin::kIssue] == 0 && random.chance(50)) ? 1 : 0;
            in[Pin::kWeights] = static_cast<uint32_t>(random.bits());
            in[Pin::kScale] = static_cast<uint32_t>(random.bits());
            in[Pin::kTag] = static_cast<uint32_t>(random.bits());
          },
          [] { return std::make_unique<Decoder>(); }};
}

BlockSpec lane_decoder() {
  // Every format, term, slot and selector: a vector is a format, a term and a selector.
  BlockSpec spec{"bitmod_lane_decoder",
                 "bitmod",
                 {{"format_i", 8}, {"term_i", 2}, {"slot_i", 8}, {"selector_i", 2}},
                 {{"term_o", 5}},
                 256,
                 0,
                 {},
                 combinational([](const uint32_t* in, uint32_t* out, uint32_t* care) {
                   term(in[0], in[1], in[2], in[3], out[0], care[0]);
                 })};
  spec.all = formats_by_code().size() * formats::kMaxTerms * 4;
  spec.drive = [](Random&, uint64_t vector, int cycle, uint32_t* in) {
    in[0] = static_cast<uint32_t>(vector / 16 % formats_by_code().size());
    in[1] = static_cast<uint32_t>(vector / 4 % 4) % terms_of(in[0]);
    in[2] = static_cast<uint32_t>(cycle);
    in[3] = static_cast<uint32_t>(vector % 4);
  };
  return spec;
}

BlockSpec output() {
  return {"bitmod_output",
          "bitmod",
          {{"acc_i", 62}},
          {{"fp32_o", 32}},
          64,
          0,
          [](Random& random, uint64_t, int, uint32_t* in) {
            const int64_t bits = static_cast<int64_t>(random.bits()) >> random.pick(8, 63);
            const uint64_t low = (uint64_t{1} << random.pick(0, 50)) - 1;
            const uint64_t sum = static_cast<uint64_t>(bits) ^ (random.chance(50) ? low : 0);
            in[0] = static_cast<uint32_t>(sum);
            in[1] = (static_cast<uint32_t>(sum >> 32) & 0xffffffU) |
                    static_cast<uint32_t>(random.pick(0, 31)) << 24 | (random.chance(5) ? 1U << 29 : 0);
          },
          combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
            const auto sum = static_cast<int64_t>((uint64_t{in[1]} << 32 | in[0]) << 8) >> 8;
            const int exponent = static_cast<int>(in[1] >> 24 & 31U);
            // 64 bits of significand: exact, so that there is one rounding.
            const long double exact = std::ldexp(static_cast<long double>(sum), exponent - 29);
            out[0] =
                (in[1] >> 29 & 1U) != 0 ? formats::kFp32Nan : formats::fp32_bits(static_cast<float>(exact));
          })};
}

}  // namespace

std::vector<BlockSpec> bitmod();
std::vector<BlockSpec> bitmod() { return {decoder(), lane_decoder(), output()}; }

}  // namespace vernier::cosim::blocks
