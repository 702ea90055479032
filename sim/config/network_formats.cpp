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
  workloads::LlmFormats formats;
  formats.weight = config.formats.weight;
  formats.key = {config.formats.key, config.formats.key_axis};
  formats.value = {config.formats.value, config.formats.value_axis};
  formats.activations = {array_activations(config), config.lut.precompute != TablePrecompute::separate};
  return formats;
}

}  // namespace vernier::config
