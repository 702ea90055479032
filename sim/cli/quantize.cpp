// SPDX-License-Identifier: Apache-2.0
// `vernier quantize`: real tensors in number formats, what that costs in bits and errors, and the result
// packed.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/quantize/container.h"
#include "sim/quantize/report.h"
#include "workloads/tensors/tensor_file.h"

namespace vernier::cli {
namespace {

constexpr int kMostBins = 10000;
constexpr size_t kLongestFileName = 120;

struct QuantizeOptions {
  std::string file;
  std::vector<std::string> formats;
  std::vector<std::string> tensors;
  std::string out;
  quantize::BlockLayout layout;
  bool layout_given = false;
  int bins = 41;
  bool json = false;
};

/// Drops what is given twice, keeping the order.
std::vector<std::string> unique(const std::vector<std::string>& names) {
  std::vector<std::string> once;
  for (const std::string& name : names) {
    if (std::find(once.begin(), once.end(), name) == once.end()) once.push_back(name);
  }
  return once;
}

std::vector<quantize::TensorFormat> parse_formats(const QuantizeOptions& options) {
  if (options.bins < 1 || options.bins > kMostBins) {
    throw InputError("QNT014", fmt::format("--bins: {} is not in 1..{}", options.bins, kMostBins));
  }
  if (options.layout_given && options.out.empty()) {
    throw InputError("QNT014", "--rows and --lanes are the layout of what --out writes", {},
                     "add --out FOLDER");
  }
  std::vector<quantize::TensorFormat> formats;
  for (const std::string& name : unique(options.formats)) {
    formats.emplace_back(name);
    if (!options.out.empty()) quantize::check_layout(formats.back(), options.layout);
  }
  return formats;
}

/// Why a tensor is no matrix to quantize when all are asked for; empty if it is one.
std::string why_not(const workloads::TensorInfo& info) {
  if (!info.is_real) return "of type " + info.type;
  if (info.shape.size() != 2) return "of shape " + workloads::shape_text(info.shape) + ", not a matrix";
  return info.shape[0] == 0 || info.shape[1] == 0 ? "empty" : "";
}

/// The names asked for; else the only tensor of the file, or all of its matrices.
std::vector<std::string> choose(const workloads::TensorFile& file, const QuantizeOptions& options,
                                std::vector<quantize::Skipped>& skipped) {
  if (!options.tensors.empty()) return unique(options.tensors);
  const std::vector<workloads::TensorInfo> tensors = file.tensors();
  if (tensors.size() == 1) return {tensors.front().name};
  std::vector<std::string> names;
  for (const workloads::TensorInfo& info : tensors) {
    const std::string reason = why_not(info);
    if (reason.empty()) {
      names.push_back(info.name);
    } else {
      skipped.push_back({info.name, reason});
    }
  }
  if (!names.empty()) return names;
  throw InputError("QNT008",
                   fmt::format("none of its {} tensors is a matrix of real numbers", tensors.size()),
                   {options.file, 0, 0}, "name one of more dimensions with --tensor");
}

/// A name for the file of a tensor, of letters, digits, '.', '_' and '-', that is not taken.
std::string file_name(const std::string& tensor, const std::string& format, std::set<std::string>& taken) {
  std::string stem = tensor.substr(0, kLongestFileName);
  for (char& c : stem) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!plain && c != '.') c = '_';
  }
  if (stem.empty() || stem.front() == '.') stem.insert(stem.begin(), '_');
  std::string name = fmt::format("{}.{}.vqt", stem, format);
  for (int copy = 2; !taken.insert(name).second; ++copy)
    name = fmt::format("{}-{}.{}.vqt", stem, copy, format);
  return name;
}

/// The command that repeats the report, with the name of the file in place of its path.
std::string canonical_command(const QuantizeOptions& options) {
  std::string text = "vernier quantize " + std::filesystem::path(options.file).filename().string();
  for (const std::string& format : unique(options.formats)) text += " --format " + format;
  for (const std::string& tensor : unique(options.tensors)) text += " --tensor " + tensor;
  if (options.layout_given)
    text += fmt::format(" --rows {} --lanes {}", options.layout.rows, options.layout.lanes);
  if (options.bins != QuantizeOptions().bins) text += fmt::format(" --bins {}", options.bins);
  return text;
}

quantize::QuantizedTensor quantize_in(const std::string& file, const workloads::RealTensor& tensor,
                                      const quantize::TensorFormat& format) {
  try {
    return quantize::quantize_tensor(tensor, format);
  } catch (const InputError& error) {
    const Diagnostic& finding = error.diagnostics().front();
    throw InputError(finding.code, finding.message, {file, 0, 0}, finding.help);
  }
}

void quantize_command(const QuantizeOptions& options) {
  const std::vector<quantize::TensorFormat> formats = parse_formats(options);
  const auto file = workloads::open_tensors(workloads::open_bytes(options.file));
  quantize::QuantizeReport report;
  const std::vector<std::string> names = choose(*file, options, report.skipped);
  report.command = canonical_command(options);
  report.version = version();
  report.file = std::filesystem::path(options.file).filename().string();
  ResultFolder folder(options.out);
  std::set<std::string> taken;
  for (const std::string& name : names) {
    const workloads::RealTensor tensor = file->read(name);
    for (const quantize::TensorFormat& format : formats) {
      const quantize::QuantizedTensor quantized = quantize_in(options.file, tensor, format);
      quantize::TensorResult result = quantize::evaluate(tensor, quantized, options.bins);
      if (folder.wanted()) {
        const std::string bytes = quantize::write_tensor(quantized, options.layout);
        result.file = file_name(name, format.name(), taken);
        result.file_bytes = bytes.size();
        folder.write(result.file, bytes);
      }
      report.results.push_back(std::move(result));
    }
  }
  const std::string json = quantize::to_json(report);
  if (folder.wanted()) {
    folder.write("quantize.json", json);
    folder.commit();
  }
  if (options.json) return print_out(json);
  print_out(quantize::to_text(report));
  if (folder.wanted())
    print_out(fmt::format("\n{} quantized in {}\n", report.results.size() == 1 ? "tensor" : "tensors",
                          options.out));
}

}  // namespace

void add_quantize(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("quantize", "Quantize real tensors: errors, bits per weight, packed files");
  auto options = std::make_shared<QuantizeOptions>();
  command->add_option("FILE", options->file, "NumPy .npy or safetensors")->required();
  command
      ->add_option(
          "--format", options->formats,
          "number format, several times to compare: of groups (`vernier list format`) or of elements, "
          "with one scale for the tensor (docs/formats.md)")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("--tensor", options->tensors,
                   "name in a safetensors file, several times for more (default: all matrices)")
      ->allow_extra_args(false);
  command->add_option("--out", options->out, "folder for the quantized tensors (.vqt) and quantize.json");
  auto* rows =
      command->add_option("--rows", options->layout.rows, "rows of the array that the blocks are for")
          ->capture_default_str();
  auto* lanes =
      command->add_option("--lanes", options->layout.lanes, "lanes of its PEs")->capture_default_str();
  command->add_option("--bins", options->bins, "bins of the histogram of errors in the JSON")
      ->capture_default_str();
  command->add_flag("--json", options->json, "print JSON, with the histograms");
  command->footer(
      "Examples:\n"
      "  vernier quantize w.npy --format int4_g128 --format bitmod4_g128\n"
      "  vernier quantize model.safetensors --format bitmod3_g128 --json\n"
      "  vernier quantize model.safetensors --tensor model.layers.0.mlp.up_proj.weight --format fp8_e4m3\n"
      "  vernier quantize w.npy --format bitmod4_g128 --out packed --rows 32 --lanes 4\n"
      "  vernier run bitmod gemms.yaml --fidelity systemc --values --weights packed/w.bitmod4_g128.vqt\n"
      "\n"
      "A tensor of more than two dimensions is quantized if it is named or alone in its file: the first is "
      "rows,\n"
      "the others are columns. docs/quantize.md defines the numbers and the file.");
  command->callback([options, rows, lanes, &action] {
    options->layout_given = rows->count() > 0 || lanes->count() > 0;
    action = [options] { quantize_command(*options); };
  });
}

}  // namespace vernier::cli
