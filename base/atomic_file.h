// SPDX-License-Identifier: Apache-2.0
// Writing result files so that a reader sees the old content or the new, never a part of it.
#pragma once

#include <string>
#include <string_view>

namespace vernier {

/// Writes `bytes` to `path`: a temporary file in the same folder, fsync, rename over `path`, fsync of the
/// folder. On failure throws InputError OUT001 with path and reason, and leaves neither a temporary file nor
/// a changed `path`. A new file gets mode 0666 less the umask; an existing one keeps its permissions.
void write_atomically(const std::string& path, std::string_view bytes);

/// Throws OUT001 if write_atomically would before it writes: so that nobody computes for hours what has no
/// place.
void check_writable(const std::string& path);

}  // namespace vernier
