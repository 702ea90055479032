// SPDX-License-Identifier: Apache-2.0
// How keys and values lie in the cache: docs/kv-cache.md.
#pragma once

#include <cstdint>
#include <string>

#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"

namespace vernier::workloads {

/// What has scales of its own in a group.
enum class CacheAxis {
  token,    ///< each token: groups along the head
  channel,  ///< each channel of a head: groups of tokens
};

/// Keys or values in the cache.
struct CacheFormat {
  std::string format = "fp16";  ///< group format
  CacheAxis axis = CacheAxis::token;
};

/// One side of a cache at hand.
struct CacheUse {
  bool key = false;  ///< else values
  CacheFormat format;
  formats::ActivationFormat activations = formats::ActivationFormat::fp16;
  bool decode = false;
  int64_t rows = 0;  ///< of the matrix whose dot products are taken: tokens of keys, channels of values
};

/// Whether the scales of `use` vary along the dot product, so that the array cannot apply them.
[[nodiscard]] bool scales_along_dot_product(const CacheUse& use);

/// How such a cache is stored. Throws InputError WKL008 if the format, the activations or the phase cannot
/// be, WKL010 if the groups do not divide the rows.
[[nodiscard]] formats::SplitFormat split_cache(const CacheUse& use);

}  // namespace vernier::workloads
