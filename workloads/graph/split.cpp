// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/graph/check.h"
#include "workloads/graph/split_plan.h"

namespace vernier::graph {
namespace {

using Shape = std::vector<int64_t>;

/// value * (part of `whole` up to `at`), rounded down: differences of it add up to the value exactly.
uint64_t share(uint64_t value, int64_t at, int64_t whole) {
  return static_cast<uint64_t>(static_cast<__uint128_t>(value) * static_cast<uint64_t>(at) /
                               static_cast<uint64_t>(whole));
}
int64_t share(int64_t value, int64_t from, int64_t to, int64_t whole) {
  return static_cast<int64_t>(share(static_cast<uint64_t>(value), to, whole) -
                              share(static_cast<uint64_t>(value), from, whole));
}

int64_t product(const Shape& shape, size_t from, size_t to) {
  return std::accumulate(shape.begin() + static_cast<int64_t>(from), shape.begin() + static_cast<int64_t>(to),
                         int64_t{1}, std::multiplies<>());
}

struct Pieces : Cut {
  std::vector<int> tensors;  ///< of the new graph
};

/// A region of the view in places along the pieces' dimension of the stored shape; nothing if it lies across
/// it.
std::optional<std::pair<int64_t, int64_t>> stored_range(const Shape& view, const Region& region,
                                                        const Shape& stored, int axis) {
  const auto v = static_cast<size_t>(region.axis);
  const auto s = static_cast<size_t>(axis);
  if (product(view, 0, v) != product(stored, 0, s)) return std::nullopt;
  const int64_t from = region.from * product(view, v + 1, view.size());
  const int64_t to = region.to * product(view, v + 1, view.size());
  const int64_t inner = product(stored, s + 1, stored.size());
  return std::pair{from / inner, (to + inner - 1) / inner};
}

class Splitter {
 public:
  Splitter(const Graph& graph, const Granularity& granularity) : in_(graph), granularity_(granularity) {}

  Graph split() {
    out_.name = in_.name;
    pieces_.resize(in_.tensors.size());
    cuts_ = plan_cuts(in_, granularity_);
    for (const Operator& op : in_.operators) {
      if (reduces_pieces(op)) cuts_[static_cast<size_t>(op.outputs.front())] = {};
    }
    for (size_t t = 0; t < in_.tensors.size(); ++t) {
      if (in_.tensors[t].kind == TensorKind::weight) cuts_[t] = weight_cut(static_cast<int>(t));
    }
    for (size_t t = 0; t < in_.tensors.size(); ++t) {
      pieces_[t] = Pieces{cuts_[t], {}};
      make_tensors(t);
    }
    for (const Operator& op : in_.operators) {
      if (granularity_.axis == SplitAxis::k && chain_weight(op) >= 0) {
        make_chain(op);
      } else if (reduces_pieces(op)) {
        make_reductions(op);
      } else {
        make_operators(op);
      }
    }
    return std::move(out_);
  }

 private:
  /// Weights fall apart where their readers do: if all of them want parts along one dimension.
  [[nodiscard]] Cut weight_cut(int t) const {
    const Tensor& tensor = in_.tensors[static_cast<size_t>(t)];
    if (granularity_.axis == SplitAxis::k) return chained_cut(tensor);
    Cut pieces;
    for (const int c : tensor.consumers) {
      const Operator& op = in_.operators[static_cast<size_t>(c)];
      const Cut& result = cuts_[static_cast<size_t>(op.outputs.front())];
      const auto found = std::find(op.inputs.begin(), op.inputs.end(), t);
      const auto input = static_cast<size_t>(found - op.inputs.begin());
      if (result.axis < 0 || view_of(in_, op, input) != tensor.shape) return {};
      for (size_t p = 0; p < result.count(); ++p) {
        const Region read = read_region(in_, op, input, {result.axis, result.cuts[p], result.cuts[p + 1]});
        if (read.axis < 0 || (pieces.axis >= 0 && pieces.axis != read.axis)) return {};
        pieces.axis = read.axis;
        pieces.cuts.insert(pieces.cuts.end(), {read.from, read.to});
      }
    }
    if (pieces.axis < 0) return {};
    const int64_t size = tensor.shape[static_cast<size_t>(pieces.axis)];
    pieces.cuts.insert(pieces.cuts.end(), {0, size});
    std::sort(pieces.cuts.begin(), pieces.cuts.end());
    pieces.cuts.erase(std::unique(pieces.cuts.begin(), pieces.cuts.end()), pieces.cuts.end());
    return pieces.count() > 1 && tensor.bytes >= static_cast<uint64_t>(size) ? pieces : Cut{};
  }

  /// The weight of an operator that can be split along its dot products, by its position in `inputs`; -1 if
  /// it is none: one product, with a weight that nobody else reads.
  [[nodiscard]] int chain_weight(const Operator& op) const {
    if (!divisible(op) || op.gemms.size() != 1 || op.gemms[0].groups != 1 || op.inputs.size() < 2) return -1;
    const Tensor& weight = in_.tensors[static_cast<size_t>(op.inputs[1])];
    const bool fits = op.kind == "Conv" || op.kind == "MatMul" || op.kind == "Gemm" ||
                      op.kind == "ConvInteger" || op.kind == "MatMulInteger";
    return fits && weight.kind == TensorKind::weight && weight.consumers.size() == 1 &&
                   weight.shape.size() >= 2 && view_of(in_, op, 1) == weight.shape
               ? 1
               : -1;
  }

  [[nodiscard]] Cut chained_cut(const Tensor& weight) const {
    if (weight.consumers.size() != 1) return {};
    const Operator& op = in_.operators[static_cast<size_t>(weight.consumers.front())];
    const int position = chain_weight(op);
    if (position < 0 || &in_.tensors[static_cast<size_t>(op.inputs[1])] != &weight) return {};
    const auto transposed = op.attributes.find("transposed");
    const bool turned =
        transposed != op.attributes.end() && transposed->second.size() == 2 && transposed->second.back() != 0;
    const int rank = static_cast<int>(weight.shape.size());
    const int axis = is_convolution(op) ? 1 : turned ? rank - 1 : rank - 2;
    const int64_t size = weight.shape[static_cast<size_t>(axis)];
    if (size < 2 || op.gemms[0].k % size != 0 || weight.bytes < static_cast<uint64_t>(size)) return {};
    return even_cut(axis, size, 1, granularity_.parts);
  }

  /// With `fit`: the operator reduces its only operand along the dimension in which that is cut, and would
  /// need all of its pieces at once.
  [[nodiscard]] bool reduces_pieces(const Operator& op) const {
    if (granularity_.axis != SplitAxis::fit || !divisible(op) || op.inputs.size() != 1) return false;
    if (op.kind.rfind("Reduce", 0) != 0 && op.kind.rfind("Global", 0) != 0) return false;
    const auto input = static_cast<size_t>(op.inputs.front());
    const auto axes = op.attributes.find("axes");
    return cuts_[input].axis >= 0 && in_.tensors[input].bytes > granularity_.bytes / 2 &&
           view_of(in_, op, 0) == in_.tensors[input].shape && axes != op.attributes.end() &&
           std::find(axes->second.begin(), axes->second.end(), cuts_[input].axis) != axes->second.end();
  }

  void make_tensors(size_t t) {
    Pieces& pieces = pieces_[t];
    const Tensor& from = in_.tensors[t];
    for (size_t i = 0; i < pieces.count(); ++i) {
      Tensor piece = from;
      piece.producer = -1;
      piece.consumers.clear();
      if (pieces.axis >= 0) {
        const auto axis = static_cast<size_t>(pieces.axis);
        piece.name = fmt::format("{}/{}", from.name, i);
        piece.shape[axis] = pieces.cuts[i + 1] - pieces.cuts[i];
        piece.bytes = share(from.bytes, pieces.cuts[i + 1], from.shape[axis]) -
                      share(from.bytes, pieces.cuts[i], from.shape[axis]);
      }
      pieces.tensors.push_back(static_cast<int>(out_.tensors.size()));
      out_.tensors.push_back(std::move(piece));
    }
  }

  /// Appends the pieces of input `i` that lie in the region which `part` reads.
  void read(const Operator& op, size_t i, const Region& part, Operator& piece) const {
    const auto t = static_cast<size_t>(op.inputs[i]);
    const Pieces& pieces = pieces_[t];
    const Region region = read_region(in_, op, i, part);
    std::optional<std::pair<int64_t, int64_t>> range;
    if (region.axis >= 0 && region.from >= region.to) return;  // nothing of it
    if (region.axis >= 0 && pieces.axis >= 0) {
      range = stored_range(view_of(in_, op, i), region, in_.tensors[t].shape, pieces.axis);
    }
    for (size_t p = 0; p < pieces.count(); ++p) {
      if (range && (pieces.cuts[p + 1] <= range->first || pieces.cuts[p] >= range->second)) continue;
      piece.inputs.push_back(pieces.tensors[p]);
    }
  }

  /// The GEMM of a part of the result: of its rows, its channels or its groups.
  static Gemm part_of(const Operator& op, Gemm gemm, const Shape& shape, const Region& part) {
    const int64_t whole = shape[static_cast<size_t>(part.axis)];
    const bool last = part.axis + 1 == static_cast<int>(shape.size());
    const bool inner = part.axis + 2 >= static_cast<int>(shape.size());
    const bool channels =
        is_convolution(op) || op.kind == "Project" ? part.axis == 1 : last && shape.back() == gemm.n;
    int64_t& dimension = is_convolution(op)          ? (!channels         ? gemm.m
                                                        : gemm.groups > 1 ? gemm.groups
                                                                          : gemm.n)
                         : channels                  ? gemm.n
                         : !inner && gemm.groups > 1 ? gemm.groups
                                                     : gemm.m;
    dimension = share(dimension, part.from, part.to, whole);
    return gemm;
  }

  void make_operators(const Operator& op) {
    const Pieces& result = pieces_[static_cast<size_t>(op.outputs.front())];
    for (size_t p = 0; p < result.count(); ++p) {
      Operator piece;
      piece.kind = op.kind;
      piece.name = op.name;
      Region part;
      if (result.axis < 0) {
        for (const int t : op.outputs)
          piece.outputs.push_back(pieces_[static_cast<size_t>(t)].tensors.front());
        piece.gemms = op.gemms;
        piece.vector_elements = op.vector_elements;
      } else {
        const Shape& shape = in_.tensors[static_cast<size_t>(op.outputs.front())].shape;
        const int64_t whole = shape[static_cast<size_t>(result.axis)];
        part = {result.axis, result.cuts[p], result.cuts[p + 1]};
        piece.name += fmt::format("/{}", p);
        piece.outputs = {result.tensors[p]};
        for (const Gemm& gemm : op.gemms) {
          const Gemm own = part_of(op, gemm, shape, part);
          if (own.m > 0 && own.n > 0 && own.groups > 0) piece.gemms.push_back(own);
        }
        piece.vector_elements =
            share(op.vector_elements, part.to, whole) - share(op.vector_elements, part.from, whole);
        piece.attributes["part"] = {part.axis, part.from, part.to};
      }
      bool in_pieces = result.axis >= 0;
      for (size_t i = 0; i < op.inputs.size(); ++i) {
        in_pieces = in_pieces || pieces_[static_cast<size_t>(op.inputs[i])].count() > 1;
        read(op, i, part, piece);
      }
      for (const auto& [name, numbers] : op.attributes) {
        if (!in_pieces || name.rfind("view", 0) != 0) piece.attributes[name] = numbers;
      }
      add(std::move(piece));
    }
  }

  /// One operator per piece of the weight; each adds to what the one before it has written.
  void make_chain(const Operator& op) {
    const auto result = static_cast<size_t>(op.outputs.front());
    const Pieces& weight = pieces_[static_cast<size_t>(op.inputs[1])];
    int partial = -1;
    for (size_t p = 0; p < weight.count(); ++p) {
      const bool last = p + 1 == weight.count();
      Operator piece;
      piece.kind = op.kind;
      piece.name = weight.count() == 1 ? op.name : fmt::format("{}/{}", op.name, p);
      piece.attributes = op.attributes;
      for (size_t i = 0; i < op.inputs.size(); ++i) {
        if (i == 1) {
          piece.inputs.push_back(weight.tensors[p]);
        } else if (i == 0 || last) {  // a bias is added at the end
          piece.inputs.push_back(pieces_[static_cast<size_t>(op.inputs[i])].tensors.front());
        }
      }
      if (partial >= 0) piece.inputs.push_back(partial);
      Gemm gemm = op.gemms.front();
      if (weight.axis >= 0) {
        gemm.k = share(gemm.k, weight.cuts[p], weight.cuts[p + 1], weight.cuts.back());
        piece.attributes["part_k"] = {weight.cuts[p], weight.cuts[p + 1]};
      }
      piece.gemms = {gemm};
      if (last) {
        piece.vector_elements = op.vector_elements;
        piece.outputs = {pieces_[result].tensors.front()};
      } else {
        partial = add_partial(result, p);
        piece.outputs = {partial};
      }
      add(std::move(piece));
    }
  }

  /// One operator per piece of the operand; each goes on with what the one before it has written.
  void make_reductions(const Operator& op) {
    const auto result = static_cast<size_t>(op.outputs.front());
    const Pieces& operand = pieces_[static_cast<size_t>(op.inputs.front())];
    int partial = -1;
    for (size_t p = 0; p < operand.count(); ++p) {
      Operator piece;
      piece.kind = op.kind;
      piece.name = fmt::format("{}/{}", op.name, p);
      piece.attributes = op.attributes;
      piece.attributes["part_k"] = {operand.cuts[p], operand.cuts[p + 1]};
      piece.inputs = {operand.tensors[p]};
      if (partial >= 0) piece.inputs.push_back(partial);
      piece.vector_elements = share(op.vector_elements, operand.cuts[p + 1], operand.cuts.back()) -
                              share(op.vector_elements, operand.cuts[p], operand.cuts.back());
      partial = p + 1 == operand.count() ? pieces_[result].tensors.front() : add_partial(result, p);
      piece.outputs = {partial};
      add(std::move(piece));
    }
  }

  /// A tensor like `result`, for what is not finished.
  int add_partial(size_t result, size_t part) {
    Tensor sum = in_.tensors[result];
    sum.name = fmt::format("{}/partial{}", sum.name, part);
    sum.output = false;
    sum.consumers.clear();
    out_.tensors.push_back(std::move(sum));
    return static_cast<int>(out_.tensors.size()) - 1;
  }

  void add(Operator op) {
    const int index = static_cast<int>(out_.operators.size());
    for (const int t : op.inputs) out_.tensors[static_cast<size_t>(t)].consumers.push_back(index);
    for (const int t : op.outputs) out_.tensors[static_cast<size_t>(t)].producer = index;
    out_.operators.push_back(std::move(op));
  }

  const Graph& in_;
  Granularity granularity_;
  std::vector<Cut> cuts_;
  std::vector<Pieces> pieces_;
  Graph out_;
};

}  // namespace

Granularity parse_granularity(const std::string& text) {
  const size_t sign = text.find('=');
  const std::vector<std::string> names = {"rows", "channels", "heads", "k", "fit"};
  const auto found = std::find(names.begin(), names.end(), text.substr(0, sign));
  if (sign == std::string::npos || found == names.end()) {
    throw InputError("GRA020", fmt::format("'{}' is no granularity", printable(text)), {},
                     "allowed: rows=N, channels=N, heads=N, k=N (parts of a tensor), fit=SIZE (fit=512KiB)");
  }
  Granularity granularity;
  granularity.axis = static_cast<SplitAxis>(found - names.begin());
  const char* end = text.data() + text.size();
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data() + sign + 1, end, number);
  if (granularity.axis == SplitAxis::fit) {
    const std::string unit(stop, end);
    const int shift = unit == "B" ? 0 : unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : -1;
    if (error != std::errc() || shift < 0 || number < 1 || number > (uint64_t{1} << 40) >> shift) {
      throw InputError("GRA020", fmt::format("'{}': the size is not in 1B..1024GiB", printable(text)), {},
                       "write a whole number of B, KiB, MiB or GiB: fit=512KiB");
    }
    granularity.bytes = number << shift;
    return granularity;
  }
  if (error != std::errc() || stop != end || number < 1 || number > static_cast<uint64_t>(kMostParts)) {
    throw InputError("GRA020",
                     fmt::format("'{}': the number of parts is not in 1..{}", printable(text), kMostParts));
  }
  granularity.parts = static_cast<int64_t>(number);
  return granularity;
}

Graph split(const Graph& graph, const Granularity& granularity) {
  if (granularity.axis != SplitAxis::fit) return Splitter(graph, granularity).split();
  // Halos and whole inputs are not foreseen: finer, until it fits or nothing gets smaller by it.
  Graph best = graph;
  const auto need = [](const Graph& g) { return need_of(g, largest_operator(g)); };
  Granularity finer = granularity;
  for (int i = 0; i < 6 && need(best) > granularity.bytes && finer.bytes > 0; ++i, finer.bytes /= 2) {
    Graph next = Splitter(graph, finer).split();
    if (need(next) < need(best)) best = std::move(next);
  }
  return best;
}

}  // namespace vernier::graph
