// SPDX-License-Identifier: Apache-2.0
// What Verilated arrays reached, if they were built to count it. Included only by verilated_array.h and
// verilated_ws_array.h.
#pragma once

#include <verilated.h>
#if VM_COVERAGE
#include <verilated_cov.h>
#endif

#include <string>

namespace vernier::rtl_adaptor {

/// Writes a file with every instance of a module on its own, so that they can be told apart and counted.
/// False if the arrays do not count.
inline bool write_coverage_of([[maybe_unused]] VerilatedContext& context,
                              [[maybe_unused]] const std::string& path) {
#if VM_COVERAGE
  context.coveragep()->forcePerInstance(true);
  context.coveragep()->write(path.c_str());
#endif
  return VM_COVERAGE != 0;
}

}  // namespace vernier::rtl_adaptor
