# Files and threads for lib/measure, which has neither.
find_package(Threads REQUIRED)
cupel_room(measure_files NEEDS base codec crypto measure LIBRARIES Threads::Threads
  SOURCES file_source.cpp verity_threads.cpp tree_file.cpp eif_threads.cpp verity_kind.cpp
          boot_kind.cpp launch_kinds.cpp explain_files.cpp)
