# The vectors through C++, as they are and mutated.
add_library(test_support STATIC support/case.cpp support/run.cpp support/captured.cpp)
target_link_libraries(test_support PUBLIC cupel cupel_options)
target_include_directories(test_support PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib)
target_compile_definitions(test_support PUBLIC
  CUPEL_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
  CUPEL_DEFAULT_VECTORS="${PROJECT_SOURCE_DIR}/../shared/vectors")

foreach(name IN ITEMS conformance_test mutation_test)
  add_executable(${name} ${name}.cpp)
  target_link_libraries(${name} PRIVATE test_support GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endforeach()

add_executable(export_captured support/export_captured.cpp)
target_link_libraries(export_captured PRIVATE test_support)
