// SPDX-License-Identifier: Apache-2.0
// Element formats given as a table from code to value.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "models/formats/element_kinds.h"

namespace vernier::formats {
namespace {

class TableFormat final : public ElementFormat {
 public:
  TableFormat(std::string name, int bits, std::vector<double> values_by_code)
      : ElementFormat(std::move(name), bits), values_by_code_(std::move(values_by_code)) {
    VERNIER_INVARIANT(values_by_code_.size() == code_count(), "{}: {} values", this->name(),
                      values_by_code_.size());
    for (uint32_t code = 0; code < values_by_code_.size(); ++code) {
      if (!std::isnan(values_by_code_[code])) ascending_.push_back({values_by_code_[code], code});
    }
    std::sort(ascending_.begin(), ascending_.end(),
              [](const Entry& a, const Entry& b) { return a.value < b.value; });
  }

  bool is_valid(uint32_t code) const override {
    return code < values_by_code_.size() && !std::isnan(values_by_code_[code]);
  }

  double decode(uint32_t code) const override {
    VERNIER_INVARIANT(is_valid(code), "{} has no code {}", name(), code);
    return values_by_code_[code];
  }

  uint32_t encode(double value) const override {
    if (std::isnan(value)) throw InputError("FMT003", fmt::format("{} has no code for NaN", name()));
    const auto above = std::lower_bound(ascending_.begin(), ascending_.end(), value,
                                        [](const Entry& entry, double v) { return entry.value < v; });
    if (above == ascending_.begin()) return ascending_.front().code;
    if (above == ascending_.end()) return ascending_.back().code;
    const Entry& low = *(above - 1);
    const Entry& high = *above;
    const double midpoint = (low.value + high.value) / 2;
    if (value != midpoint) return value < midpoint ? low.code : high.code;
    if ((low.code & 1U) != (high.code & 1U)) return (low.code & 1U) == 0 ? low.code : high.code;
    return std::fabs(low.value) <= std::fabs(high.value) ? low.code : high.code;
  }

 private:
  struct Entry {
    double value;
    uint32_t code;
  };
  std::vector<double> values_by_code_;
  std::vector<Entry> ascending_;
};

}  // namespace

ElementPtr make_table(std::string name, int bits, std::vector<double> values_by_code) {
  return std::make_unique<TableFormat>(std::move(name), bits, std::move(values_by_code));
}

ElementPtr make_sign_magnitude(std::string name, const std::vector<double>& magnitudes, double special) {
  const size_t half = magnitudes.size();
  int bits = 1;
  while ((size_t{1} << (bits - 1)) < half) ++bits;
  std::vector<double> values(2 * half);
  for (size_t i = 0; i < half; ++i) {
    values[i] = magnitudes[i];
    values[half + i] = magnitudes[i] == 0 ? special : -magnitudes[i];
  }
  return make_table(std::move(name), bits, std::move(values));
}

std::shared_ptr<const ElementFormat> codebook_format(std::string name, std::vector<double> values) {
  const size_t count = values.size();
  if (count < 2 || count > 65536 || (count & (count - 1)) != 0) {
    throw InputError("FMT004",
                     fmt::format("codebook {}: {} values, not a power of two in 2..65536", name, count));
  }
  std::vector<double> sorted = values;
  for (const double value : values) {
    if (!std::isfinite(value))
      throw InputError("FMT004", fmt::format("codebook {}: a value is not finite", name));
  }
  std::sort(sorted.begin(), sorted.end());
  const auto twin = std::adjacent_find(sorted.begin(), sorted.end());
  if (twin != sorted.end()) {
    throw InputError("FMT004", fmt::format("codebook {}: value {} appears twice", name, *twin));
  }
  int bits = 1;
  while ((size_t{1} << bits) < count) ++bits;
  return make_table(std::move(name), bits, std::move(values));
}

}  // namespace vernier::formats
