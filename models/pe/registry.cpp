// SPDX-License-Identifier: Apache-2.0
#include "models/pe/registry.h"

#include "base/error.h"

namespace vernier::pe {

#define VERNIER_PE(name)                          \
  namespace name {                                \
  [[nodiscard]] const PeDescriptor& descriptor(); \
  }
#include "models/pe/list.h"
#undef VERNIER_PE

const std::vector<const PeDescriptor*>& all() {
#define VERNIER_PE(name) &name::descriptor(),
  static const std::vector<const PeDescriptor*> list = {
#include "models/pe/list.h"
  };
#undef VERNIER_PE
  return list;
}

const PeDescriptor& pe(std::string_view name) {
  std::vector<std::string> known;
  for (const PeDescriptor* descriptor : all()) {
    if (descriptor->name == name) return *descriptor;
    known.push_back(descriptor->name);
  }
  throw InputError("PE001", fmt::format("unknown PE '{}'", name), {}, suggestion(name, known));
}

}  // namespace vernier::pe
