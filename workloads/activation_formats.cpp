// SPDX-License-Identifier: Apache-2.0
#include "workloads/activation_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace vernier::workloads {
namespace {

constexpr double kSoftmaxScale = 1.0 / 128;
constexpr double kUsualScale = 1.0 / 16;

int written_by(const Op& op) { return op.kind == OpKind::gemm ? op.out.tensor : op.dst.tensor; }

bool vector_reads(const Op& op, int tensor) {
  return op.kind == OpKind::vector && (op.src0.tensor == tensor || op.src1.tensor == tensor);
}

bool gemm_reads(const Op& op, int tensor) { return op.kind == OpKind::gemm && op.act.tensor == tensor; }

double scale_of(const Op& producer) {
  const bool softmax = producer.kind == OpKind::vector && producer.vector_kind == VectorKind::softmax;
  return softmax ? kSoftmaxScale : kUsualScale;
}

/// Whether an operator writes every element of its target: the dimensions of the view, sorted by stride,
/// follow one another without a gap.
bool writes_all(const Op& op, const Tensor& target) {
  const bool gemm = op.kind == OpKind::gemm;
  const View& view = gemm ? op.out : op.dst;
  std::vector<std::pair<int64_t, int64_t>> dims = {{view.col_stride, gemm ? op.n : op.cols},
                                                   {view.row_stride, gemm ? op.m : op.rows},
                                                   {view.outer_stride, op.m_outer},
                                                   {view.batch_stride, op.batch / op.parts},
                                                   {view.part_stride, op.parts}};
  std::sort(dims.begin(), dims.end());
  int64_t dense = 1;
  for (const auto& [stride, count] : dims) {
    if (count == 1) continue;
    if (stride != dense) return false;
    dense *= count;
  }
  return view.offset == 0 && dense == target.rows * target.cols * target.blocks;
}

class Converter {
 public:
  Converter(Network& network, const ActivationChoice& choice)
      : network_(network), choice_(choice), before_(network.segments) {
    for (const Segment& segment : before_) {
      for (const Op& op : segment.ops) names_.insert(op.name);
    }
  }

  void run() {
    if (choice_.fused) convert_whole_tensors();
    for (segment_ = 0; segment_ < before_.size(); ++segment_) convert_segment();
  }

 private:
  /// Where a value was written last.
  struct Writer {
    size_t before = 0;  ///< index in the segment as it was
    size_t now = 0;     ///< index in the segment as it becomes
  };

  [[nodiscard]] Tensor& tensor(int index) { return network_.tensors[static_cast<size_t>(index)]; }

  void set_format(Tensor& tensor, double scale) const {
    tensor.format = formats::name_of(choice_.format);
    tensor.scale = choice_.format == formats::ActivationFormat::int8 ? scale : 1.0;
  }

  /// The largest scale of all that write the tensor.
  [[nodiscard]] double scale_of_writers(int index) const {
    double scale = 0;
    for (const Segment& segment : before_) {
      for (const Op& op : segment.ops) {
        if (written_by(op) == index) scale = std::max(scale, scale_of(op));
      }
    }
    return scale > 0 ? scale : kUsualScale;
  }

  /// Tensors that only vector operators write and only GEMMs read.
  void convert_whole_tensors() {
    for (int index = 0; index < static_cast<int>(network_.tensors.size()); ++index) {
      if (tensor(index).kind != TensorKind::activation) continue;
      bool written = false;
      bool read = false;
      bool possible = true;
      for (const Segment& segment : before_) {
        for (const Op& op : segment.ops) {
          written |= written_by(op) == index;
          read |= gemm_reads(op, index);
          possible &= !vector_reads(op, index) && !(op.kind == OpKind::gemm && op.out.tensor == index);
        }
      }
      if (!written || !read || !possible) continue;
      set_format(tensor(index), scale_of_writers(index));
      done_.insert(index);
    }
  }

  void convert_segment() {
    ops_.clear();
    made_.clear();
    std::map<int, int> copies;      // tensor -> the same value in the format
    std::map<int, Writer> writers;  // tensor -> who wrote its value in this segment
    const Segment& segment = before_[segment_];
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      Op op = segment.ops[i];
      if (op.kind == OpKind::gemm && done_.count(op.act.tensor) == 0) {
        const int source = op.act.tensor;
        if (copies.count(source) == 0) {
          const auto writer = writers.find(source);
          if (writer != writers.end() && can_fuse(source, writer->second.before)) {
            copies[source] = fuse(source, writer->second);
          } else {
            copies[source] =
                copy(source, writer != writers.end() ? scale_of(segment.ops[writer->second.before])
                                                     : scale_of_writers(source));
          }
        }
        op.act.tensor = copies[source];
      }
      const int target = written_by(op);
      copies.erase(target);
      writers[target] = {i, ops_.size()};
      ops_.push_back(std::move(op));
    }
    network_.segments[segment_].ops = std::move(ops_);
  }

  /// Whether the operator can write the format instead of fp16: it makes all of the tensor's value, and only
  /// GEMMs read that.
  [[nodiscard]] bool can_fuse(int index, size_t writer) {
    const Segment& segment = before_[segment_];
    const Op& op = segment.ops[writer];
    if (!choice_.fused || op.kind != OpKind::vector || op.vector_kind == VectorKind::quantize) return false;
    if (tensor(index).kind != TensorKind::activation || !writes_all(op, tensor(index))) return false;
    if (const auto end = only_gemms_read(segment, writer + 1, segment.ops.size(), index)) return *end;
    // The value outlives the segment's last operator: into the next repetition and the segments that follow.
    const auto gone = [&](const Segment& later, size_t stop) {
      for (size_t i = 0; i < stop; ++i) {
        if (gemm_reads(later.ops[i], index)) return std::optional<bool>(false);
        if (const auto end = only_gemms_read(later, i, i + 1, index)) return end;
      }
      return std::optional<bool>();
    };
    if (segment.repeat > 1) {
      if (const auto end = gone(segment, writer + 1)) {
        if (!*end) return false;
      }
    }
    for (size_t next = segment_ + 1; next < before_.size(); ++next) {
      if (const auto end = gone(before_[next], before_[next].ops.size())) return *end;
    }
    return true;
  }

  /// Follows a value through the operators [from, to): false if a vector operator reads it or part of it is
  /// replaced, true if all of it is replaced, nothing if it is still there at the end.
  [[nodiscard]] std::optional<bool> only_gemms_read(const Segment& segment, size_t from, size_t to,
                                                    int index) {
    for (size_t i = from; i < to; ++i) {
      const Op& op = segment.ops[i];
      if (vector_reads(op, index)) return false;
      if (written_by(op) == index) return writes_all(op, tensor(index));
    }
    return std::nullopt;
  }

  /// Segments of one name share what their operators convert to: the nth conversion of a tensor in each.
  int add_tensor(int source, double scale) {
    const auto [at, is_new] = shared_.try_emplace({before_[segment_].name, source, made_[source]++, scale},
                                                  network_.tensors.size());
    if (!is_new) return static_cast<int>(at->second);
    Tensor converted = tensor(source);
    converted.kind = TensorKind::activation;
    set_format(converted, scale);
    converted.name += "_" + converted.format;
    network_.tensors.push_back(std::move(converted));
    return static_cast<int>(network_.tensors.size()) - 1;
  }

  int fuse(int source, const Writer& writer) {
    Op& op = ops_[writer.now];
    op.dst.tensor = add_tensor(source, scale_of(op));
    return op.dst.tensor;
  }

  int copy(int source, double scale) {
    const bool table = formats::is_table(choice_.format);
    const int target = add_tensor(source, scale);
    const Tensor& from = tensor(source);
    Op op;
    op.kind = OpKind::vector;
    op.vector_kind = VectorKind::copy;
    op.name = fmt::format("{}{}_to_{}", before_[segment_].prefix, from.name,
                          table ? "table" : formats::name_of(choice_.format));
    const std::string plain = op.name;
    for (int i = 2; !names_.insert(op.name).second; ++i) op.name = fmt::format("{}_{}", plain, i);
    op.layer_class = table ? kTablePrecompute : kRequantize;
    op.rows = from.rows * from.blocks;
    op.cols = from.cols;
    op.src0 = {source, 0, 0, 0, from.cols, 1};
    op.dst = {target, 0, 0, 0, from.cols, 1};
    ops_.push_back(std::move(op));
    return target;
  }

  Network& network_;
  const ActivationChoice& choice_;
  const std::vector<Segment> before_;
  std::set<std::string> names_;
  std::set<int> done_;  // tensors that have the format as a whole
  std::map<std::tuple<std::string, int, int, double>, size_t>
      shared_;               // converted tensors of a segment's name
  std::map<int, int> made_;  // conversions of a tensor in the segment at hand
  size_t segment_ = 0;
  std::vector<Op> ops_;  // of the segment, as it becomes
};

}  // namespace

void convert_activations(Network& network, const ActivationChoice& choice) {
  if (choice.format == formats::ActivationFormat::fp16) return;
  Converter(network, choice).run();
}

}  // namespace vernier::workloads
