// SPDX-License-Identifier: Apache-2.0
// What a configuration says about the formats of a network.
#pragma once

#include "sim/config/accelerator_config.h"
#include "workloads/llm_model.h"

namespace vernier::config {

/// The format in which activations reach the array: formats.activation, or tables if the PE takes them and
/// they are not made in the array.
[[nodiscard]] formats::ActivationFormat array_activations(const AcceleratorConfig& config);

/// For workloads::build_network().
[[nodiscard]] workloads::LlmFormats network_formats(const AcceleratorConfig& config);

}  // namespace vernier::config
