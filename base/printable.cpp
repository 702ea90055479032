// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

namespace vernier {

std::string printable(std::string text, std::string_view kept) {
  for (char& c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (control && kept.find(c) == std::string_view::npos) c = '?';
  }
  return text;
}

}  // namespace vernier
