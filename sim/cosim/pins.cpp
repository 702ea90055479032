// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/pins.h"

#include <fmt/format.h>

namespace vernier::cosim {
namespace {

/// Keeps the first difference of a cycle.
class Comparison {
 public:
  explicit Comparison(uint64_t cycle) : cycle_(cycle) {}

  void pin(const char* signal, int64_t rtl, int64_t systemc) {
    if (found || rtl == systemc) return;
    found = Difference{cycle_, signal, std::to_string(rtl), std::to_string(systemc), ""};
  }
  /// Result `index` of the pass, `count` words of it.
  template <class Pass>
  void results(const Pass& pass, int64_t index, int count, const uint32_t* rtl, const uint32_t* systemc) {
    for (size_t i = 0; i < static_cast<size_t>(count) && !found; ++i) {
      if (rtl[i] == systemc[i]) continue;
      const auto at = static_cast<size_t>(index);
      found = Difference{cycle_, Pass::result_name(i, index), fmt::format("{:08x}", rtl[i]),
                         fmt::format("{:08x}", systemc[i]),
                         at < pass.expected.size() ? fmt::format("{:08x}", pass.expected[at][i]) : ""};
    }
  }

  std::optional<Difference> found;

 private:
  uint64_t cycle_;
};

}  // namespace

std::optional<Difference> compare_pins(uint64_t cycle, const array::ArrayOutputs& rtl,
                                       const array::ArrayOutputs& systemc, const Pass& pass) {
  Comparison comparison(cycle);
  comparison.pin("step_ready", rtl.step_ready, systemc.step_ready);
  comparison.pin("busy", rtl.busy, systemc.busy);
  comparison.pin("partial_req", rtl.partial_req, systemc.partial_req);
  comparison.pin("out_valid", rtl.out_valid, systemc.out_valid);
  if (rtl.partial_req) comparison.pin("partial_col", rtl.partial_col, systemc.partial_col);
  if (!rtl.out_valid || comparison.found) return comparison.found;
  comparison.pin("out_col", rtl.out_col, systemc.out_col);
  comparison.results(pass, rtl.out_col, pass.rows, rtl.out_data, systemc.out_data);
  return comparison.found;
}

std::optional<Difference> compare_pins(uint64_t cycle, const array::WsOutputs& rtl,
                                       const array::WsOutputs& systemc, const WsPass& pass) {
  Comparison comparison(cycle);
  comparison.pin("weight_ready", rtl.weight_ready, systemc.weight_ready);
  comparison.pin("act_ready", rtl.act_ready, systemc.act_ready);
  comparison.pin("busy", rtl.busy, systemc.busy);
  comparison.pin("partial_req", rtl.partial_req, systemc.partial_req);
  comparison.pin("out_valid", rtl.out_valid, systemc.out_valid);
  if (rtl.partial_req) comparison.pin("partial_token", rtl.partial_token, systemc.partial_token);
  if (!rtl.out_valid || comparison.found) return comparison.found;
  comparison.pin("out_token", rtl.out_token, systemc.out_token);
  comparison.results(pass, rtl.out_token, pass.n, rtl.out_data, systemc.out_data);
  return comparison.found;
}

}  // namespace vernier::cosim
