// SPDX-License-Identifier: Apache-2.0
// What is measured: rtl/ppa_blocks.txt, and the RTL files that a module is made of.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "models/machine/machine.h"

namespace vernier::ppa {

/// An array that is driven with a layer, so that the blocks inside it see what they see at work.
struct Bench {
  std::string name;
  machine::ArrayParams array;
  std::string weights;      ///< name of a weight format
  std::string activations;  ///< name of an activation format
  /// PE type of the RTL. Other than that of the array, which then only says what goes on in which cycle, it
  /// is fp8_mac, and both operands are FP8, or lut_unsymmetric, with the operands of lut.
  std::string rtl;
};

struct Block {
  std::string name;    ///< "bitmod.pe"
  std::string module;  ///< "bitmod"
  size_t bench = 0;
  std::string place;     ///< of its instance in pe_array; "." is the array itself
  std::string event;     ///< signal in pe_array that is 1 in cycles in which the block works
  int macs = 0;          ///< multiply-accumulates that a step is for the block; 0: none are counted
  bool unswept = false;  ///< abc does not search for equal nets: docs/ppa.md, step 3
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct BlockList {
  std::vector<Bench> benches;
  std::vector<Block> blocks;
};

/// Throws InputError PPA008 with the line that cannot be read.
[[nodiscard]] BlockList read_block_list(const std::string& text, const std::string& path);

/// The blocks asked for, in the order of the list: names, or PE types and "common" for all of theirs; none =
/// all. Throws InputError PPA005 with the nearest name.
[[nodiscard]] std::vector<const Block*> select(const BlockList& list, const std::vector<std::string>& names);

/// Files below `rtl` that `module` needs with PE type `pe`, packages first: those of the modules that its
/// text names, and of theirs.
[[nodiscard]] std::vector<std::string> sources_of(const std::filesystem::path& rtl, const std::string& pe,
                                                  const std::string& module);

/// Digest of the sources and of what they include.
[[nodiscard]] std::string source_digest(const std::filesystem::path& rtl,
                                        const std::vector<std::string>& sources);

}  // namespace vernier::ppa
