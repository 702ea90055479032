// SPDX-License-Identifier: Apache-2.0
// The format of weights that the weight-stationary array of the tests takes.
#pragma once

#include "models/formats/group_format.h"

namespace vernier::ws_test {

inline const formats::GroupFormat& fp16() {
  static const formats::GroupFormat format = formats::group_format("fp16");
  return format;
}

}  // namespace vernier::ws_test
