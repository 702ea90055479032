// SPDX-License-Identifier: Apache-2.0
// Writes a resolved configuration, key by key from the table.
#include <fmt/format.h>

#include "base/digest.h"
#include "sim/config/keys.h"
#include "sim/config/load.h"

namespace vernier::config {

std::string write_resolved(const AcceleratorConfig& config) {
  std::string out;
  std::string section;
  for (const Key& key : keys()) {
    if (key.applies && !key.applies(config)) continue;
    const size_t dot = key.path.find('.');
    const std::string parent = dot == std::string::npos ? "" : key.path.substr(0, dot);
    if (parent != section) out += parent + ":\n";
    section = parent;
    const std::string value = format_value(key, key.get(config));
    // A free name may look like something else to YAML ("1", "null"); a quantity is text by nature.
    const bool quoted = key.type == KeyType::quantity || (key.type == KeyType::name && key.allowed.empty());
    const std::string name = dot == std::string::npos ? key.path : "  " + key.path.substr(dot + 1);
    out += fmt::format(quoted ? "{}: \"{}\"\n" : "{}: {}\n", name, value);
  }
  return out;
}

std::string digest(const AcceleratorConfig& config) {
  Digest digest;
  digest.add(write_resolved(config));
  return digest.text();
}

}  // namespace vernier::config
