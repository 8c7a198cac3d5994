# The security core goes through LLVM bitcode: one module is proved (verify/) and the kernel's object is
# made from that very file. clang++-19 reads the sources, a short pipeline inlines and brings values into
# registers but leaves loops and names as they were written; what optimises further comes behind the proof.
find_program(EXO_CLANG clang++-19 REQUIRED)
find_program(EXO_OPT opt-19 REQUIRED)
find_program(EXO_LLVM_LINK llvm-link-19 REQUIRED)
set(EXO_BITCODE_PASSES "always-inline,cgscc(inline),function(sroa,early-cse,simplifycfg,instsimplify,adce,lcssa)")

# Flags of the front end: EXO_KERNEL_FLAGS without those that only matter when machine code is made, and
# no passes of clang's own. The prover takes the names of members from the debug information.
set(EXO_BITCODE_FLAGS -std=gnu++20 -O1 -g -fno-eliminate-unused-debug-types -Xclang -disable-llvm-passes ${EXO_KERNEL_FLAGS}
    -fno-discard-value-names -fno-direct-access-external-data -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -I${CMAKE_SOURCE_DIR} -I${EXO_GENERATED})
list(REMOVE_ITEM EXO_BITCODE_FLAGS -mcmodel=kernel -ffunction-sections -fdata-sections)
set(EXO_BITCODE_CODEGEN -O2 -mcmodel=kernel -fno-pic -ffunction-sections -fdata-sections
    -Wno-unused-command-line-argument)
# Calls that the proof wants to see, and that are too often made to stay calls.
set(EXO_BITCODE_INLINED _ZN4core13page_set_dataEtRKN3abi10PageUpdateE)
foreach(function ${EXO_BITCODE_INLINED})
  list(APPEND EXO_BITCODE_CODEGEN -mllvm -force-remove-attribute=${function}:noinline
       -mllvm -force-attribute=${function}:alwaysinline)
endforeach()

# Functions whose instructions are counted: the register of the frame pointer serves them better.
set(EXO_BITCODE_ATTRIBUTES ${CMAKE_CURRENT_LIST_DIR}/bitcode_attributes.csv)
list(APPEND EXO_BITCODE_CODEGEN -mllvm -forceattrs-csv-path=${EXO_BITCODE_ATTRIBUTES})

# exo_bitcode_object(NAME sources...): builds NAME.bc and from it NAME.o, whose path goes to NAME_OBJECT.
# verify/ compiles changed copies of the sources with the flags that NAME.flags keeps, a line each.
function(exo_bitcode_object name)
  set(modules)
  foreach(source ${ARGN})
    get_filename_component(stem ${source} NAME_WE)
    set(module ${CMAKE_CURRENT_BINARY_DIR}/${name}/${stem}.bc)
    add_custom_command(OUTPUT ${module}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${EXO_CLANG} ${EXO_BITCODE_FLAGS} -MD -MT ${module} -MF ${module}.d
              -emit-llvm -c ${source} -o ${module}
      DEPENDS ${source} exo_abi DEPFILE ${module}.d COMMENT "Bitcode ${name}/${stem}" VERBATIM)
    list(APPEND modules ${module})
  endforeach()
  set(proved ${CMAKE_CURRENT_BINARY_DIR}/${name}.bc)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
  add_custom_command(OUTPUT ${proved}
    COMMAND ${EXO_LLVM_LINK} ${modules} -o ${proved}.linked
    COMMAND ${EXO_OPT} -passes=${EXO_BITCODE_PASSES} ${proved}.linked -o ${proved}
    DEPENDS ${modules} COMMENT "Linking ${name}.bc" VERBATIM)
  add_custom_command(OUTPUT ${object} BYPRODUCTS ${object}.from
    COMMAND sha256sum ${proved} > ${object}.from
    COMMAND ${EXO_CLANG} ${EXO_BITCODE_CODEGEN} -c ${proved} -o ${object}
    DEPENDS ${proved} ${EXO_BITCODE_ATTRIBUTES} COMMENT "Object of ${name}.bc" VERBATIM)
  add_custom_target(${name}_bitcode DEPENDS ${object})
  list(JOIN EXO_BITCODE_FLAGS "\n" flags)
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.flags CONTENT "${flags}\n")
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.passes CONTENT "${EXO_BITCODE_PASSES}\n")
  set(${name}_OBJECT ${object} PARENT_SCOPE)
endfunction()
