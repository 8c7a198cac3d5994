# exo_host_test(NAME sources...): a GoogleTest program with address and undefined-behaviour
# sanitizers. Sources of guest modules are compiled again for the host.
find_package(GTest REQUIRED)
enable_testing()
set(EXO_HOST_TEST_FLAGS -Wall -Wextra -Wshadow -Werror -O0 -g1 -fsanitize=address,undefined
  -fno-sanitize-recover=all -fno-omit-frame-pointer)

# tests/host/prelude.hpp comes first in every file; it is compiled once for all of them.
add_library(exo_host_prelude OBJECT ${CMAKE_SOURCE_DIR}/tests/host/prelude.cpp)
target_compile_options(exo_host_prelude PRIVATE ${EXO_HOST_TEST_FLAGS})
target_link_libraries(exo_host_prelude PRIVATE GTest::gtest)
target_precompile_headers(exo_host_prelude PRIVATE ${CMAKE_SOURCE_DIR}/tests/host/prelude.hpp)

function(exo_host_test name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE ${EXO_HOST_TEST_FLAGS})
  target_precompile_headers(${name} REUSE_FROM exo_host_prelude)
  target_link_options(${name} PRIVATE -fsanitize=address,undefined)
  target_link_libraries(${name} PRIVATE GTest::gtest GTest::gtest_main)
  add_dependencies(${name} exo_abi)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/host-tests)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
