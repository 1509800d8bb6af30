# The vectors through C++, as they are and mutated.
file(GLOB captured CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/support/captured*.cpp)
add_library(test_support STATIC support/case.cpp support/run.cpp ${captured})
target_link_libraries(test_support PUBLIC cupel cupel_options)
target_include_directories(test_support PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib)
target_compile_definitions(test_support PUBLIC
  CUPEL_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
  CUPEL_DEFAULT_VECTORS="${PROJECT_SOURCE_DIR}/../shared/vectors")

# The mutations are the longest of all tests: in parts they use every core, and start first.
set(mutation_test_parts 4)
foreach(name IN ITEMS conformance_test mutation_test mutation_maa_test)
  add_executable(${name} ${name}.cpp)
  target_link_libraries(${name} PRIVATE test_support GTest::gtest GTest::gtest_main)
  set(parts 1)
  if(DEFINED ${name}_parts)
    set(parts ${${name}_parts})
  endif()
  foreach(part RANGE 1 ${parts})
    math(EXPR index "${part} - 1")
    set(test ${name})
    if(parts GREATER 1)
      set(test ${name}.${part})
    endif()
    add_test(NAME ${test} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${test} PROPERTIES TIMEOUT 1200 COST 1000
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${parts};GTEST_SHARD_INDEX=${index}")
  endforeach()
endforeach()

add_executable(export_captured support/export_captured.cpp)
target_link_libraries(export_captured PRIVATE test_support)

# Whether the committed vectors are what the generator makes; needs Python's cryptography package.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME vectors_are_what_forge_makes
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/forge/make.py --check)
  set_tests_properties(vectors_are_what_forge_makes PROPERTIES SKIP_RETURN_CODE 77)
endif()
