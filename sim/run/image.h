// SPDX-License-Identifier: Apache-2.0
// DRAM content for runs that compute values: seeded random tensors, weights really quantized and packed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "models/machine/machine.h"
#include "sim/mapper/mapper.h"
#include "workloads/network.h"

namespace vernier::run {

/// Largest DRAM image that is filled with values, in bytes: random content is made and quantized element by
/// element, which is for small networks.
constexpr uint64_t kMaxImageBytes = uint64_t{1} << 30;

/// Rows of a weight matrix with `k` columns: normal with deviation 1/sqrt(k), 1 % of them ten times larger.
void fill_random_weights(std::vector<float>& values, int64_t k, std::mt19937_64& random);

/// The DRAM image of a mapped network. Tensors are normal with standard deviation 1, in their format; weights
/// and caches are those of fill_random_weights, quantized to their
/// format and packed where the program loads them. The same seed gives the same bytes. Throws InputError
/// RUN001 if the image is larger than kMaxImageBytes.
[[nodiscard]] std::vector<uint8_t> random_image(const mapper::MappedProgram& mapped,
                                                const workloads::Network& network, uint64_t seed);

}  // namespace vernier::run
