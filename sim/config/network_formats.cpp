// SPDX-License-Identifier: Apache-2.0
#include "sim/config/network_formats.h"

#include "sim/config/pe_rules.h"

namespace vernier::config {

formats::ActivationFormat array_activations(const AcceleratorConfig& config) {
  if (!takes_tables(config.machine.array.pe) || config.lut.precompute == TablePrecompute::in_array) {
    return config.formats.activation;
  }
  return config.lut.table == TableEntries::fp16 ? formats::ActivationFormat::table_fp16
                                                : formats::ActivationFormat::table_int8;
}

workloads::LlmFormats network_formats(const AcceleratorConfig& config) {
  return {config.formats.weight,
          config.formats.kv,
          {array_activations(config), config.lut.precompute != TablePrecompute::separate}};
}

}  // namespace vernier::config
