// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/netlist.h"

#include "base/error.h"
#include "sim/engine/systemc/systemc_engine.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier::cli {
namespace {

void put_verilated_array(const machine::ArrayParams& params,
                         [[maybe_unused]] engine::SystemcOptions& options) {
#if VERNIER_HAS_RTL
  if (params.weight_stationary()) {
    options.ws_array = rtl_adaptor::RtlWsArray::create(params);
  } else {
    options.array = rtl_adaptor::RtlPeArray::create(params);
  }
#else
  throw InputError("RTL000",
                   fmt::format("this program was built without RTL, so a {} array of {}x{} has none",
                               params.pe, params.rows, params.cols),
                   {}, "configure with -DVERNIER_RTL=ON");
#endif
}

}  // namespace

run::NetlistEngine netlist_engine() {
  return [](const isa::Program& program, const machine::Machine& machine, engine::RunLog& log,
            machine::MemoryImage* image, const run::SimulateOptions& options) {
    engine::SystemcOptions systemc;
    systemc.image = image;
    if (options.fidelity == run::Fidelity::rtl) put_verilated_array(machine.array, systemc);
    systemc.trace = options.trace;
#if VERNIER_HAS_RTL
    if (systemc.array && !options.trace.path.empty() && !rtl_adaptor::RtlPeArray::records_inside()) {
      fmt::print(stderr,
                 "note: the waveform shows the array's pins; for what is inside, configure with "
                 "-DVERNIER_RTL_TRACE=ON and rebuild\n");
    }
#endif
    systemc.progress = options.progress;
    return engine::run_systemc(program, machine, log, std::move(systemc));
  };
}

}  // namespace vernier::cli
