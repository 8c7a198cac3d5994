# Code that runs inside the machine: freestanding, no exceptions, no RTTI, no dynamic initialisers,
# text and data on pages of their own.
set(EXO_FREESTANDING ${EXO_WARNINGS} -ffreestanding -fno-exceptions -fno-rtti -fno-pie -fno-pic
    -fno-threadsafe-statics -fno-asynchronous-unwind-tables -fno-omit-frame-pointer
    -fcf-protection=none -fno-common -ffunction-sections -fdata-sections)
# The kernel has no floating point: g++ rejects it under -mgeneral-regs-only.
set(EXO_KERNEL_FLAGS ${EXO_FREESTANDING} -mgeneral-regs-only -mno-red-zone -mcmodel=kernel
    -fstack-protector-strong -mstack-protector-guard=global)
set(EXO_LIBOS_FLAGS ${EXO_FREESTANDING} -fno-stack-protector)

# exo_guest_library(NAME sources...): a library OS module. Its objects can also be optimised as a whole with what
# they are linked to.
function(exo_guest_library name)
  add_library(${name} STATIC ${ARGN})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${EXO_LIBOS_FLAGS} -flto -ffat-lto-objects>)
  add_dependencies(${name} exo_abi)
endfunction()

# exo_guest_program(NAME [WHOLE] SOURCES ... LIBS ...): a library OS, linked at 4 MiB. WHOLE: program and
# modules are optimised as one.
function(exo_guest_program name)
  cmake_parse_arguments(ARG "WHOLE" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${EXO_LIBOS_FLAGS}>)
  if(ARG_WHOLE)
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-flto>)
    target_link_options(${name} PRIVATE -O2 -g -flto -flto-partition=one ${EXO_LIBOS_FLAGS})
  else()
    target_link_options(${name} PRIVATE -fno-lto)
  endif()
  add_dependencies(${name} exo_abi)
  target_link_libraries(${name} PRIVATE -Wl,--start-group ${ARG_LIBS} exo_base -Wl,--end-group)
  target_link_options(${name} PRIVATE -nostdlib -static -no-pie -Wl,-z,max-page-size=4096
    -Wl,-z,separate-code -Wl,-z,norelro -Wl,-z,noexecstack -Wl,--gc-sections -Wl,--build-id=none
    -Wl,-Ttext-segment=0x400000 -Wl,-e,exo_start)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/programs)
endfunction()

# What the compiler makes calls to must be there when it has made them: memcpy and the like stay objects.
exo_guest_library(exo_base ${CMAKE_SOURCE_DIR}/base/memory.cpp)
target_compile_options(exo_base PRIVATE -fno-lto)
