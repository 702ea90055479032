// SPDX-License-Identifier: Apache-2.0
// Operands of a pass by kind of test vector. Each function fills the steps of a pass whose shape is set.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "models/machine/machine.h"
#include "sim/cosim/random.h"
#include "sim/cosim/test_vector.h"
#include "sim/quantize/container.h"

namespace vernier::cosim {

/// Corner values, pattern by pattern; `number` counts directed vectors. Returns the names of the patterns.
std::string fill_directed(const machine::ArrayParams& array, uint64_t number, Random& random, Pass& pass);
/// Random bits, constrained to one class of activations per pass.
void fill_random(const machine::ArrayParams& array, Random& random, Pass& pass);
/// Weights and activations of a layer: weights cut from one of `tensors` that the array takes, if there is
/// one, else quantized from a random tensor to the format of the pass. Returns where they are from, or how
/// they are distributed.
std::string fill_layer(const machine::ArrayParams& array, const std::vector<quantize::StoredTensor>& tensors,
                       Random& random, Pass& pass);

constexpr int kActPatterns = 13;
constexpr int kWeightPatterns = 7;

/// Value number i of a pattern; `here` is true in one place of a step.
[[nodiscard]] uint16_t act_corner(int pattern, int i, bool here);
/// Weights of 16 bits take patterns of activations.
[[nodiscard]] uint16_t weight_corner(int pattern, int i, bool here, const formats::GroupFormat& format);
/// "maximum x code count".
[[nodiscard]] std::string corner_names(int acts, int weights, const formats::GroupFormat& format);

/// Number of classes of random activations.
constexpr int kActClasses = 5;
/// fp16 of a class: 0 moderate, 1 finite, 2 subnormal and zero, 3 sparse, 4 with infinities and NaN.
[[nodiscard]] uint16_t random_act(Random& random, int act_class);

/// A partial sum that earlier passes may leave behind: a normal number, zero, rarely infinity or NaN.
[[nodiscard]] uint32_t random_partial(Random& random);

/// At most `wanted` steps of `lanes` elements, such that the PE takes groups that long.
[[nodiscard]] int group_steps_within(const machine::ArrayParams& array, const formats::GroupFormat& format,
                                     int wanted);

/// Fills the activation slots of one column and step. `value(lane)` is the fp16 that a format of one word per
/// activation stands for, and that tables are made of word by word.
void put_acts(const machine::ArrayParams& array, formats::ActivationFormat format, int exponent,
              const std::function<uint16_t(int)>& value, uint16_t* words);

/// A step of random bits with the group parameters of the step before it, or random ones at the start of a
/// group.
[[nodiscard]] Step garbage_step(const machine::ArrayParams& array, const formats::GroupFormat& format,
                                Random& random, const Step* same_group);

}  // namespace vernier::cosim
