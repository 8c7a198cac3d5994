# exo_host_test(NAME sources...): a GoogleTest program with address and undefined-behaviour
# sanitizers. Sources of guest modules are compiled again for the host.
find_package(GTest REQUIRED)
enable_testing()
function(exo_host_test name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wshadow -Werror -O1 -g
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    -include ${CMAKE_SOURCE_DIR}/tests/host/prelude.hpp)
  target_link_options(${name} PRIVATE -fsanitize=address,undefined)
  target_link_libraries(${name} PRIVATE GTest::gtest GTest::gtest_main)
  add_dependencies(${name} exo_abi)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/host-tests)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
