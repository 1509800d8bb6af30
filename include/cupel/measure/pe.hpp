// PE images as firmware measures them: sections, and the Authenticode digest.
#pragma once

#include <cupel/measure/verity.hpp>

namespace cupel::measure {

struct PeSection {
  std::string name;  ///< up to eight characters
  std::uint32_t virtual_size = 0;
  std::uint32_t raw_offset = 0;
  std::uint32_t raw_size = 0;
};

/// A stretch of an image that its digest covers.
struct PePart {
  std::string what;  ///< "headers", "section .text", "after the sections"
  Bytes bytes;
};

/// A parsed image; it refers to the bytes it was parsed from, which the caller keeps alive.
class PeImage {
 public:
  /// PE32 and PE32+ of at most 1 GiB. Refused: sections or headers outside the file or overlapping,
  /// a certificate table that is not the end of the file.
  /// Errors: bad_magic, truncated, out_of_range, unsupported_version, too_large at
  /// "measure.pe.…", with the offset.
  static Result<PeImage> parse(Bytes file);

  const std::vector<PeSection>& sections() const noexcept { return sections_; }
  bool is_pe32_plus() const noexcept { return plus_; }
  std::uint32_t size_of_image() const noexcept { return size_of_image_; }
  Bytes file() const noexcept { return file_; }
  /// The certificate table, or nothing.
  Bytes certificates() const noexcept;

  /// The digest that firmware measures and that a signature covers (Windows Authenticode Portable
  /// Executable Signature Format, "Calculating the PE Image Hash"; EDK2 has it so): without the
  /// checksum, the certificate table and its directory entry. Firmware pads nothing. `padded`: as
  /// if the file were zero-padded to eight bytes first, which signing tools do to the file itself,
  /// so that this is the digest *after* signing.
  ByteVector authenticode(Algorithm algorithm, bool padded = false) const;

  /// What authenticode() hashes, in that order; stretches of the file itself.
  std::vector<PePart> parts() const;

  /// A section as it is mapped: VirtualSize bytes, what the file has of them and then zeros. At
  /// most 1 GiB. Errors: too_large at "measure.pe.section".
  Result<ByteVector> mapped(const PeSection& section) const;

 private:
  PeImage() = default;
  Bytes file_;
  std::vector<PeSection> sections_;
  std::size_t checksum_at_ = 0;
  std::size_t security_at_ = 0;  // 0: there is no such directory
  std::size_t headers_ = 0;
  std::size_t certificates_at_ = 0;
  std::size_t certificates_size_ = 0;
  std::uint32_t size_of_image_ = 0;
  bool plus_ = false;
};

}  // namespace cupel::measure
