// The archives that systemd-stub makes of the files beside an image: "newc" (Linux
// Documentation/driver-api/early-userspace/buffer-format.rst), with its own choice of numbers.
#include <algorithm>
#include <array>
#include <cupel/measure/boot.hpp>

#include "base/hex.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::uint32_t kDirectory = 0040000;
constexpr std::uint32_t kRegular = 0100000;

class Archive {
 public:
  void directory(std::string_view name, std::uint32_t mode) { entry(name, kDirectory | mode, {}); }
  void file(std::string_view name, std::uint32_t mode, Bytes data) {
    entry(name, kRegular | mode, data);
  }
  ByteVector finish() && {
    header({0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    // Upper case here, lower case above: that is how the stub writes it.
    out_.text("0000000B00000000TRAILER!!!");
    out_.zeros(4);
    return std::move(out_).take();
  }

 private:
  using Fields = std::array<std::uint32_t, 11>;

  void header(const Fields& fields) {
    out_.text("070701");
    for (const std::uint32_t field : fields) {
      number(field);
    }
  }
  void number(std::uint32_t value) {
    const std::array<std::uint8_t, 4> bytes = {
        static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U),
        static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)};
    out_.text(to_hex(bytes));
  }
  void entry(std::string_view name, std::uint32_t mode, Bytes data) {
    header({++inode_, mode, 0, 0, 1, 0, static_cast<std::uint32_t>(data.size()), 0, 0, 0, 0});
    number(static_cast<std::uint32_t>(name.size() + 1));
    number(0);
    out_.text(name);
    out_.zeros(1);
    align();
    out_.bytes(data);
    align();
  }
  void align() { out_.zeros((4 - out_.size() % 4) % 4); }

  Writer out_;
  std::uint32_t inode_ = 0;
};

}  // namespace

ByteVector stub_cpio(std::string_view folder, std::uint32_t folder_mode, std::uint32_t file_mode,
                     const std::vector<Companion>& files) {
  Archive archive;
  for (std::size_t slash = folder.find('/'); slash != std::string_view::npos;
       slash = folder.find('/', slash + 1)) {
    archive.directory(folder.substr(0, slash), 0555);
  }
  archive.directory(folder, folder_mode);
  for (const Companion& file : files) {
    archive.file(std::string(folder) + "/" + file.name, file_mode, file.content);
  }
  return std::move(archive).finish();
}

}  // namespace cupel::measure
