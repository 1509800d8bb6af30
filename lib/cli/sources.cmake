find_package(CLI11 2 REQUIRED)
add_executable(cupel_cli cli/main.cpp)
set_target_properties(cupel_cli PROPERTIES OUTPUT_NAME cupel)
target_link_libraries(cupel_cli PRIVATE cupel cupel_options CLI11::CLI11)
