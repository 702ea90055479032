// SPDX-License-Identifier: Apache-2.0
#include "sim/report/page.h"
#include "sim/report/web_assets.h"
#include "sim/schedule/report/schedule_report.h"
#include "workloads/graph/graph_file.h"

namespace vernier::schedule {
namespace {

Json graph_data(const graph::Graph& graph) {
  Json out;
  out["name"] = graph.name;
  out["tensors"] = Json::array();
  for (const graph::Tensor& tensor : graph.tensors) {
    out["tensors"].push_back({{"name", tensor.name},
                              {"kind", graph::name_of(tensor.kind)},
                              {"bytes", tensor.bytes},
                              {"produced", tensor.producer >= 0},
                              {"output", tensor.output}});
  }
  out["operators"] = Json::array();
  for (const graph::Operator& op : graph.operators)
    out["operators"].push_back(
        {{"name", op.name}, {"kind", op.kind}, {"inputs", op.inputs}, {"outputs", op.outputs}});
  return out;
}

}  // namespace

std::string to_html(const ScheduleReport& report) {
  Json data{{"command", report.command}, {"version", report.version}};
  data["addresses"] = report.addresses;
  data["sweep"] = report.sweep;
  data["graph"] = graph_data(report.graph);
  data["whole"] = report.whole ? graph_data(*report.whole) : Json(nullptr);
  data["sizes"] = Json::array();
  for (const SizeResult& size : report.sizes) data["sizes"].push_back(size_to_json(size, true));
  return report::html_page(report::web::schedule_html(), report.graph.name,
                           report::web::graph_js() + report::web::schedule_js(), data);
}

}  // namespace vernier::schedule
