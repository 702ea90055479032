// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_adaptor/rtl_pe_array.h"

#include "base/error.h"

namespace vernier::rtl_adaptor {

// Defined by the sources generated from verilated_array.cpp.in.
#define VERNIER_RTL_ARRAY(prefix, pe, rows, cols, lanes, delivery) \
  std::unique_ptr<RtlPeArray> create_##prefix();
#define VERNIER_RTL_WS_ARRAY(prefix, pe, rows, cols)
#include "rtl_arrays.inc"
#undef VERNIER_RTL_ARRAY

namespace {

struct Built {
  machine::ArrayParams params;
  std::unique_ptr<RtlPeArray> (*create)();
};

const std::vector<Built>& table() {
#define VERNIER_RTL_ARRAY(prefix, pe, rows, cols, lanes, delivery) \
  {{pe, rows, cols, lanes, machine::Delivery::delivery}, create_##prefix},
  static const std::vector<Built> list = {
#include "rtl_arrays.inc"
  };
#undef VERNIER_RTL_WS_ARRAY
#undef VERNIER_RTL_ARRAY
  return list;
}

}  // namespace

std::vector<machine::ArrayParams> RtlPeArray::built() {
  std::vector<machine::ArrayParams> all;
  for (const Built& entry : table()) all.push_back(entry.params);
  return all;
}

std::unique_ptr<RtlPeArray> RtlPeArray::create(const machine::ArrayParams& params) {
  std::vector<std::string> known;
  for (const Built& entry : table()) {
    const machine::ArrayParams& p = entry.params;
    if (p.pe == params.pe && p.rows == params.rows && p.cols == params.cols && p.lanes == params.lanes &&
        p.delivery == params.delivery) {
      return entry.create();
    }
    known.push_back(name_of(p));
  }
  const bool systolic = params.delivery == machine::Delivery::systolic;
  throw InputError("RTL001",
                   fmt::format("no RTL was built for the array {}; built are: {}", name_of(params),
                               fmt::join(known, ", ")),
                   {},
                   fmt::format("add the line '{} {} {} {} {}' to rtl/arrays.txt and rebuild", params.pe,
                               params.rows, params.cols, params.lanes, systolic ? "systolic" : "broadcast"));
}

bool RtlPeArray::records_inside() { return VM_TRACE != 0; }
bool RtlPeArray::counts_coverage() { return VM_COVERAGE != 0; }

std::string name_of(const machine::ArrayParams& params) {
  return fmt::format("{} {}x{}x{} {}", params.pe, params.rows, params.cols, params.lanes,
                     params.delivery == machine::Delivery::systolic ? "systolic" : "broadcast");
}

}  // namespace vernier::rtl_adaptor
