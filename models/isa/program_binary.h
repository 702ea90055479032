// SPDX-License-Identifier: Apache-2.0
// The binary form of a program: versioned, little-endian, checksummed. docs/program.md has the layout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/isa/instruction.h"

namespace vernier::isa {

constexpr std::string_view kBinaryMagic = "VERNIERP";
constexpr uint32_t kBinaryVersion = 4;
constexpr size_t kBinaryHeaderBytes = 24;  ///< magic 8, version 4, payload bytes 8, checksum of the payload 4

/// CRC-32 (IEEE 802.3, reflected, polynomial edb88320) of bytes.
[[nodiscard]] uint32_t checksum(std::string_view bytes);

[[nodiscard]] std::string write_binary(const Program& program);

/// Inverse of write_binary. Throws InputError, naming the offset: PRG030 no program file, PRG031 version,
/// PRG032 truncated or too long, PRG033 checksum, PRG034 impossible value; and what validate() throws.
/// `file` is only for messages.
[[nodiscard]] Program parse_binary(std::string_view bytes, const std::string& file);

}  // namespace vernier::isa
