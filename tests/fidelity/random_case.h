// SPDX-License-Identifier: Apache-2.0
// Seeded random machines and networks for the three-fidelity property.
#pragma once

#include <random>
#include <string>

#include "models/machine/machine.h"
#include "sim/mapper/mapper.h"
#include "workloads/network.h"

namespace vernier::fidelity {

/// One (configuration, program) pair.
struct RandomCase {
  machine::Machine machine;
  workloads::Network network;
};

/// Uniform integer in [low, high].
int64_t pick(std::mt19937_64& random, int64_t low, int64_t high);

/// A random machine: array 1x1..16x16 with edge cases more often, lanes 1..8 (fp16_mac: 1), both deliveries,
/// narrow and wide ports, tight and loose buffers, random DRAM width, latency and seeded stalls, shallow and
/// deep queues.
machine::Machine random_machine(std::mt19937_64& random);

/// Random array parameters on top: an array that exists as RTL, say.
machine::Machine random_machine(std::mt19937_64& random, const machine::ArrayParams& array);

/// Any kind of ports, in one to four groups, often no wider than the (ideal) DRAM bus.
void random_ports(std::mt19937_64& random, machine::Machine& machine);

/// A weight format that the array takes, in small groups if in any.
std::string random_format(std::mt19937_64& random, const machine::ArrayParams& array);

/// One of the activation formats that the PE takes.
formats::ActivationFormat random_activations(std::mt19937_64& random, const machine::ArrayParams& array);

/// One or two segments of one to four operators: GEMMs with K a multiple of nothing, batches and caches as in
/// attention, groups small and large, and every vector operator; chained and repeated; activations in any
/// format that the PE takes.
workloads::Network random_network(std::mt19937_64& random, const machine::Machine& machine);

/// Maps the case; the buffers of its machine are doubled until the mapper accepts them, so that they are
/// tight.
mapper::MappedProgram map_with_growth(RandomCase& random_case, const mapper::MappingOptions& options = {});

/// A case the mapper accepts, by map_with_growth().
RandomCase random_case(uint64_t seed, const machine::ArrayParams* array = nullptr);

/// What is in the case, a line per segment.
std::string describe(const RandomCase& random_case);

}  // namespace vernier::fidelity
