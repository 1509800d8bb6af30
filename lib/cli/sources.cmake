find_package(CLI11 2 REQUIRED)
# Headers only. Without them the command is the same but for the bars; .ci/setup puts them into .venv.
find_path(BARKEEP_HEADERS barkeep/barkeep.h HINTS ${PROJECT_SOURCE_DIR}/.venv/include)
if(NOT BARKEEP_HEADERS)
  message(STATUS "cupel: barkeep/barkeep.h was not found (BARKEEP_HEADERS): no progress bars")
endif()
add_executable(cupel_cli
  cli/main.cpp cli/common.cpp cli/numbers.cpp cli/show.cpp cli/verify.cpp cli/policy.cpp cli/ask.cpp
  cli/explain.cpp cli/families.cpp cli/bundle.cpp cli/needed.cpp
  $<IF:$<BOOL:${BARKEEP_HEADERS}>,cli/progress.cpp,cli/progress_absent.cpp> cli/measure.cpp cli/measure_verity.cpp
  cli/measure_boot.cpp cli/measure_artifacts.cpp cli/measure_snp.cpp cli/measure_eif.cpp
  cli/policy_make.cpp cli/bundle_tdx.cpp cli/bundle_hcl.cpp cli/measure_explain.cpp cli/by_recipe.cpp cli/measure_idblock.cpp cli/measure_secureboot.cpp cli/measure_tdx.cpp cli/fetch.cpp cli/replay.cpp cli/shown.cpp cli/uvm.cpp
  cli/usage.cpp cli/nearest.cpp cli/inputs.cpp cli/endorse.cpp cli/recognised.cpp cli/words.cpp)
set_target_properties(cupel_cli PROPERTIES OUTPUT_NAME cupel)
# The command may use the rooms' own headers; the objects come with the library.
target_include_directories(cupel_cli PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
if(BARKEEP_HEADERS)
  target_include_directories(cupel_cli SYSTEM PRIVATE ${BARKEEP_HEADERS})
endif()
target_link_libraries(cupel_cli PRIVATE cupel cupel_options CLI11::CLI11)
# The sanitizers watch the library, which reads what strangers send. Instrumenting the command's own
# options and lines would take a quarter of such a build.
if(CUPEL_SANITIZE)
  target_compile_options(cupel_cli PRIVATE -fno-sanitize=all)
endif()
