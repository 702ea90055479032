// SPDX-License-Identifier: Apache-2.0
#include "workloads/read_formats.h"

#include <algorithm>

#include "base/error.h"
#include "models/formats/group_format.h"

namespace vernier::workloads {
namespace {

using FormatMap = std::map<std::string, std::string>;

/// The formats of these keys in a map.
FormatMap read_format_map(MapReader& reader, const std::vector<std::string>& keys) {
  FormatMap formats;
  for (const std::string& key : keys) {
    const auto name = reader.text({key, family_all, KeyType::text, false, "", 0, 0, {}, ""});
    if (!name) continue;
    try {
      formats[key] = formats::group_format(*name).name;
    } catch (const InputError& error) {
      const Diagnostic& first = error.diagnostics().front();
      reader.complain(first.code, key, first.message, first.help);
    }
  }
  return formats;
}

constexpr const char* kFormatMap = "allowed: a map of layer class or layer to format name";

/// Reads `formats.layers`: ranges of repeated layers and their formats.
class LayerFormatsReader {
 public:
  LayerFormatsReader(const std::string& file, unsigned families, std::vector<Diagnostic>& findings,
                     LlmModel& model)
      : file_(file), families_(families), findings_(findings), model_(model) {}

  void read(MapReader& formats) {
    const YAML::Node node = formats.node("layers");
    if (!node.IsDefined() || node.IsNull()) return;
    if (!node.IsMap()) {
      formats.complain("WKL005", "layers", "allowed: a map of index or range of layers to a map of formats");
      return;
    }
    MapReader ranges(node, file_, "formats.layers.", findings_);
    ranges.reject_duplicates();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      const std::string key = shown(entry.first.Scalar());
      const std::optional<LayerRange> range = checked(entry.first);
      if (entry.second.IsNull()) continue;
      if (!entry.second.IsMap()) {
        find("WKL005", entry.second, fmt::format("{}: {}", key, kFormatMap), "");
        continue;
      }
      const FormatMap chosen = read_one(entry.second, "formats.layers." + key + ".");
      if (!range) continue;
      for (int64_t layer = range->first; layer <= range->last; ++layer) model_.layer_formats[layer] = chosen;
    }
  }

 private:
  void find(const char* code, const YAML::Node& at, const std::string& message, const std::string& help) {
    findings_.push_back({code, location_of(at, file_), "formats.layers." + message, help});
  }

  /// The range that a key says, if it can be one beside those before it.
  std::optional<LayerRange> checked(const YAML::Node& key) {
    const std::string text = shown(key.Scalar());
    const std::optional<LayerRange> range = layer_range(key.Scalar());
    if (!range) {
      const std::vector<std::string> known = format_keys(families_);
      const bool format = std::find(known.begin(), known.end(), key.Scalar()) != known.end();
      find("WKL005", key, fmt::format("{}: allowed: the index of a layer, or a range such as 0-3", text),
           format ? fmt::format("for all layers it is formats.{}", text) : "");
      return std::nullopt;
    }
    if (range->first > range->last) {
      find("WKL008", key, fmt::format("{}: the first layer comes after the last", text),
           fmt::format("did you mean '{}'?", text_of({range->last, range->first})));
      return std::nullopt;
    }
    if (model_.layers == 0) return std::nullopt;  // no number of layers, which was complained about
    if (range->last >= model_.layers) {
      find("WKL006", key, fmt::format("{}: {} is not in 0..{}", text, range->last, model_.layers - 1),
           fmt::format("num_hidden_layers is {}, the first has index 0", model_.layers));
      return std::nullopt;
    }
    for (const LayerRange& other : taken_) {
      if (range->first > other.last || other.first > range->last) continue;
      find("WKL008", key,
           fmt::format("{}: layer {} is in '{}', too", text, std::max(range->first, other.first),
                       text_of(other)),
           "give each layer once");
      return std::nullopt;
    }
    taken_.push_back(*range);
    return range;
  }

  FormatMap read_one(const YAML::Node& map, const std::string& prefix) {
    MapReader reader(map, file_, prefix, findings_);
    reader.reject_duplicates();
    const std::vector<std::string> known = layer_format_keys(families_);
    const std::vector<std::string> everywhere = format_keys(families_);
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) continue;
      const std::string& name = entry.first.Scalar();
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const bool once = std::find(everywhere.begin(), everywhere.end(), name) != everywhere.end();
      findings_.push_back(
          {"WKL002", location_of(entry.first, file_),
           fmt::format("{}{}: {}", prefix, shown(name), once ? "no repeated layer has this" : "unknown key"),
           once ? fmt::format("it is once in the network: formats.{}", name) : suggestion(name, known)});
    }
    return read_format_map(reader, known);
  }

  const std::string& file_;
  unsigned families_;
  std::vector<Diagnostic>& findings_;
  LlmModel& model_;
  std::vector<LayerRange> taken_;
};

}  // namespace

void read_formats(MapReader& reader, const std::string& file, unsigned families,
                  std::vector<Diagnostic>& findings, LlmModel& model) {
  const YAML::Node node = reader.node("formats");
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) {
    reader.complain("WKL005", "formats", kFormatMap);
    return;
  }
  MapReader formats(node, file, "formats.", findings);
  formats.reject_duplicates();
  std::vector<std::string> known = format_keys(families);
  model.formats = read_format_map(formats, known);
  known.emplace_back("layers");
  formats.reject_unknown(known);
  LayerFormatsReader(file, families, findings, model).read(formats);
}

}  // namespace vernier::workloads
