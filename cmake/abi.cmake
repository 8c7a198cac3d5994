# Stubs, dispatch table and numbers from abi/syscalls.def, into build/generated/abi/.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(EXO_GENERATED ${CMAKE_BINARY_DIR}/generated)
add_custom_command(
  OUTPUT ${EXO_GENERATED}/abi/syscall_numbers.hpp ${EXO_GENERATED}/abi/syscall_stubs.hpp
         ${EXO_GENERATED}/abi/syscall_dispatch.inc
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/abigen/abigen.py
          --def ${CMAKE_SOURCE_DIR}/abi/syscalls.def --out ${EXO_GENERATED}/abi
  DEPENDS ${CMAKE_SOURCE_DIR}/abi/syscalls.def ${CMAKE_SOURCE_DIR}/tools/abigen/abigen.py)
add_custom_target(exo_abi DEPENDS ${EXO_GENERATED}/abi/syscall_numbers.hpp)
include_directories(${EXO_GENERATED})
