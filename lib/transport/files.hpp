// Files, read with a limit and written whole or not at all.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string>

namespace cupel {

/// The bytes of a regular file of at most `limit` bytes. Links are followed; directories, pipes and
/// devices are refused. Errors: invalid_argument, too_large at the path.
Result<ByteVector> read_file(const std::string& path, std::size_t limit);

/// Whether a new file may get this name: it is one, nothing has it, and its folder may be written
/// to. For those who work long before they write; writing asks again.
/// Errors: invalid_argument at the path.
Result<Unit> name_is_free(const std::string& path);

/// Writes a file that nobody ever sees half written, readable by its owner only. An existing file
/// is replaced only with `force`, and only if it is a regular file.
/// Errors: invalid_argument at the path.
Result<Unit> write_file_atomically(const std::string& path, Bytes content, bool force);

}  // namespace cupel
