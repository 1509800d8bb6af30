cupel_room(measure NEEDS base codec crypto
  SOURCES source.cpp recipe.cpp sha256_many.cpp verity_format.cpp verity_blocks.cpp verity.cpp
          verity_compare.cpp gpt.cpp crc32.cpp unicode.cpp
          fat.cpp pe.cpp registers.cpp cpio.cpp uki.cpp boot.cpp explain.cpp explain_again.cpp explain_boot.cpp
          explain_launch.cpp explain_verity.cpp secureboot.cpp tdx.cpp tdx_boot.cpp tdx_hob.cpp hostdata.cpp sgxs.cpp sigstruct.cpp ovmf.cpp snp.cpp snp_firmware.cpp snp_vmsa.cpp snp_id.cpp eif.cpp eif_signature.cpp)
# Each kernel for its own instruction set, chosen when it runs. Optimised in every build: a plain one
# would make hashing the slowest part of the tests. The SHA file must not see AVX (sha256_ni.cpp).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_sources(cupel_measure PRIVATE
    ${CMAKE_CURRENT_SOURCE_DIR}/measure/sha256_ni.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/measure/sha256_avx2.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/measure/sha256_avx512.cpp)
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/measure/sha256_ni.cpp
    PROPERTIES COMPILE_OPTIONS "-O2;-msha;-msse4.1")
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/measure/sha256_avx2.cpp
    PROPERTIES COMPILE_OPTIONS "-O2;-mavx2")
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/measure/sha256_avx512.cpp
    PROPERTIES COMPILE_OPTIONS "-O2;-mavx512f;-mavx512bw")
endif()
