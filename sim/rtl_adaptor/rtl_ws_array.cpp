// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_adaptor/rtl_ws_array.h"

#include <string>

#include "base/error.h"

namespace vernier::rtl_adaptor {

// Defined by the sources generated from verilated_ws_array.cpp.in.
#define VERNIER_RTL_ARRAY(prefix, pe, rows, cols, lanes, delivery)
#define VERNIER_RTL_WS_ARRAY(prefix, pe, rows, cols) std::unique_ptr<RtlWsArray> create_##prefix();
#include "rtl_arrays.inc"
#undef VERNIER_RTL_WS_ARRAY

namespace {

struct Built {
  machine::ArrayParams params;
  std::unique_ptr<RtlWsArray> (*create)();
};

const std::vector<Built>& table() {
#define VERNIER_RTL_WS_ARRAY(prefix, pe, rows, cols) \
  {{pe, rows, cols, 1, machine::Delivery::systolic, machine::Dataflow::weight_stationary}, create_##prefix},
  static const std::vector<Built> list = {
#include "rtl_arrays.inc"
  };
#undef VERNIER_RTL_WS_ARRAY
#undef VERNIER_RTL_ARRAY
  return list;
}

}  // namespace

std::vector<machine::ArrayParams> RtlWsArray::built() {
  std::vector<machine::ArrayParams> all;
  for (const Built& entry : table()) all.push_back(entry.params);
  return all;
}

std::unique_ptr<RtlWsArray> RtlWsArray::create(const machine::ArrayParams& params) {
  std::vector<std::string> known;
  for (const Built& entry : table()) {
    const machine::ArrayParams& p = entry.params;
    if (p.pe == params.pe && p.rows == params.rows && p.cols == params.cols) return entry.create();
    known.push_back(fmt::format("{} {}x{}", p.pe, p.rows, p.cols));
  }
  throw InputError("RTL001",
                   fmt::format("no RTL was built for the weight-stationary array {} {}x{}; built are: {}",
                               params.pe, params.rows, params.cols, fmt::join(known, ", ")),
                   {},
                   fmt::format("add the line '{} {} {} 1 weight_stationary' to rtl/arrays.txt and rebuild",
                               params.pe, params.rows, params.cols));
}

}  // namespace vernier::rtl_adaptor
