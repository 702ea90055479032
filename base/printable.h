// SPDX-License-Identifier: Apache-2.0
// Texts for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace vernier {

/// Names come from files, and a control character in them could do anything on a terminal: it becomes '?',
/// but for those in `kept`.
[[nodiscard]] std::string printable(std::string text, std::string_view kept = {});

}  // namespace vernier
