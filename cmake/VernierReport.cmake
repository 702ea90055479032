# SPDX-License-Identifier: Apache-2.0
# Adds to vernier_sim the web part of the HTML report: the files of sim/report/web and ECharts, as one C++ source of
# string literals. The packages are those of sim/report/web/package-lock.json, installed into the build folder.
find_program(NODE NAMES node nodejs)
if(NOT NODE)
  message(FATAL_ERROR "The HTML report is built with node, which is not installed (Debian: apt-get install nodejs npm).")
endif()
set(VERNIER_WEB_SOURCE "${CMAKE_SOURCE_DIR}/sim/report/web")
set(VERNIER_WEB_BUILD "${CMAKE_BINARY_DIR}/web")
set(omit "dev")
if(BUILD_TESTING OR NOT DEFINED BUILD_TESTING)
  set(omit "")  # the browser test drives Chromium with a package of the same lock file
endif()
add_custom_command(
  OUTPUT "${VERNIER_WEB_BUILD}/installed"
  COMMAND "${CMAKE_COMMAND}" "-DPACKAGE=${VERNIER_WEB_SOURCE}" "-DFOLDER=${VERNIER_WEB_BUILD}" "-DOMIT=${omit}"
          -P "${CMAKE_SOURCE_DIR}/cmake/npm_ci.cmake"
  COMMAND "${CMAKE_COMMAND}" -E touch "${VERNIER_WEB_BUILD}/installed"
  DEPENDS "${VERNIER_WEB_SOURCE}/package.json" "${VERNIER_WEB_SOURCE}/package-lock.json"
          "${CMAKE_SOURCE_DIR}/cmake/npm_ci.cmake"
  COMMENT "Fetching ECharts from the npm registry" VERBATIM)

set(assets echarts_js "${VERNIER_WEB_BUILD}/node_modules/echarts/dist/echarts.min.js")
set(web_files page.html page.css common.js hover.js bars.js page.js energy.js roofline.js charts.js schedule.html schedule.js graph.js sweep.html)
foreach(file IN LISTS web_files)
  string(REPLACE "." "_" name "${file}")
  list(APPEND assets "${name}" "${VERNIER_WEB_SOURCE}/${file}")
endforeach()
# The page of a sweep: data and selection before the views, the page last.
set(sweep_files data model plot scatter parallel filters bars compare table page)
foreach(file IN LISTS sweep_files)
  list(APPEND web_files "sweep_${file}.js")
  list(APPEND assets sweep_js "${VERNIER_WEB_SOURCE}/sweep_${file}.js")
endforeach()
list(TRANSFORM web_files PREPEND "${VERNIER_WEB_SOURCE}/" OUTPUT_VARIABLE web_paths)
add_custom_command(
  OUTPUT "${VERNIER_WEB_BUILD}/web_assets.cpp"
  COMMAND "${NODE}" "${VERNIER_WEB_SOURCE}/embed.mjs" "${VERNIER_WEB_BUILD}/web_assets.cpp" ${assets}
  DEPENDS "${VERNIER_WEB_BUILD}/installed" "${VERNIER_WEB_SOURCE}/embed.mjs" ${web_paths}
  COMMENT "Embedding the web part of the report" VERBATIM)
target_sources(vernier_sim PRIVATE "${VERNIER_WEB_BUILD}/web_assets.cpp")
