# SPDX-License-Identifier: Apache-2.0
# vernier_onnx_library: the ONNX library of the system, its headers without our warnings. Debian's package has
# no CMake files that work.
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h)
find_library(ONNX_LIBRARY onnx)
find_library(ONNX_PROTO_LIBRARY onnx_proto)
find_library(PROTOBUF_LIBRARY protobuf)
if(NOT ONNX_INCLUDE_DIR OR NOT ONNX_LIBRARY OR NOT ONNX_PROTO_LIBRARY OR NOT PROTOBUF_LIBRARY)
  message(FATAL_ERROR "The ONNX library is not installed (Debian: apt-get install libonnx-dev libprotobuf-dev).")
endif()
add_library(vernier_onnx_library INTERFACE)
target_include_directories(vernier_onnx_library SYSTEM INTERFACE "${ONNX_INCLUDE_DIR}")
target_compile_definitions(vernier_onnx_library INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
target_link_libraries(vernier_onnx_library INTERFACE "${ONNX_LIBRARY}" "${ONNX_PROTO_LIBRARY}" "${PROTOBUF_LIBRARY}")
