// SPDX-License-Identifier: Apache-2.0
#include "workloads/cache_format.h"

#include "base/error.h"

namespace vernier::workloads {

bool scales_along_dot_product(const CacheUse& use) {
  return use.format.format != "fp16" && use.format.axis != (use.key ? CacheAxis::token : CacheAxis::channel);
}

formats::SplitFormat split_cache(const CacheUse& use) {
  const char* axis = use.key ? "formats.key_axis: channel" : "formats.value_axis: token";
  const char* other = use.key ? "key_axis: token" : "value_axis: channel";
  const formats::GroupFormat format = formats::group_format(use.format.format);
  const auto split = formats::split_scales(format);
  if (!split) {
    throw InputError(
        "WKL008", fmt::format("{} needs groups with one scale and no zero point, not {}", axis, format.name),
        {}, "use intN_gG, intN_s8_gG or lutN_gG, N = 2..8");
  }
  if (use.activations != formats::ActivationFormat::fp16 && !formats::is_table(use.activations)) {
    throw InputError("WKL008",
                     fmt::format("{} multiplies activations by scales, for which {} has no range", axis,
                                 formats::name_of(use.activations)),
                     {}, fmt::format("use formats.activation: fp16, or formats.{}", other));
  }
  if (!use.decode) {
    throw InputError("WKL008", fmt::format("{} is modelled in decode only", axis), {},
                     fmt::format("add prefill: {{formats: {{{}}}}}", other));
  }
  if (use.rows % format.group_size != 0) {
    throw InputError("WKL010",
                     fmt::format("{} with {}: {} of {} is not whole groups of {}", axis, format.name,
                                 use.key ? "--context" : "head_dim", use.rows, format.group_size),
                     {},
                     use.key ? fmt::format("use a multiple of {}", format.group_size)
                             : fmt::format("use a group size that divides {}", use.rows));
  }
  return *split;
}

}  // namespace vernier::workloads
