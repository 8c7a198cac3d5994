// SPDX-License-Identifier: MIT
// Disk images: what lies where, rewritten only when it has to be, damage found.
#include "disk.hpp"

#include <unistd.h>

#include "error.hpp"
#include "manifest_compile.hpp"
#include "temporary.hpp"

namespace exo {
namespace {

class Disk : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_.path / "site");
    write_text(folder_.path / "site/index.html", "<p>hello</p>");
    write_text(folder_.path / "raw.bin", "raw bytes");
    const Manifest manifest = parse_manifest(folder_.path / "exo.toml", R"(
name = "x"
[machine]
disk = "4M"
[[env]]
name = "root"
memory = "1M"
slices = [{ count = 1 }]
[env.extent]
size = "64K"
raw = "raw.bin"
[[env]]
name = "web"
memory = "1M"
slices = [{ count = 1 }]
[env.extent]
size = "1M"
site = "site"
)");
    const auto placements = lay_out(manifest);
    content_ = load_content(manifest, placements);
    compiled_ = compile_manifest(manifest, placements);
    disk_ = folder_.path / "x.disk";
    ASSERT_TRUE(write_disk(disk_, 4 << 20, content_));
  }

  manifest::Reader reader() const {
    return manifest::Reader::open(compiled_.data(), compiled_.size()).value();
  }

  void flip(std::uint64_t offset) {
    ByteVector bytes = read_file(disk_);
    bytes.at(offset) ^= 1;
    write_text(disk_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  std::string refusal() const {
    try {
      verify_disk(disk_, reader());
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
  std::vector<DiskPart> content_;
  ByteVector compiled_;
  Path disk_;
};

TEST_F(Disk, ContentLiesInItsExtent) {
  const ByteVector bytes = read_file(disk_);
  ASSERT_EQ(bytes.size(), 4u << 20);
  EXPECT_EQ(std::string(bytes.begin() + (1 << 20), bytes.begin() + (1 << 20) + 9), "raw bytes");
  EXPECT_EQ(reader().find("web")->extent.first, 256u + 16u);
  EXPECT_EQ(refusal(), "");
}

TEST_F(Disk, RewrittenOnlyWhenItDiffers) {
  EXPECT_FALSE(write_disk(disk_, 4 << 20, content_));
  EXPECT_TRUE(write_disk(disk_, 5 << 20, content_));
  EXPECT_FALSE(write_disk(disk_, 5 << 20, content_));
  flip(3 << 20);  // something where nothing should be
  EXPECT_TRUE(write_disk(disk_, 5 << 20, content_));
}

TEST_F(Disk, DamagedSiteIsRefusedWithBothChecksums) {
  const std::uint64_t site = (1 << 20) + (64 << 10);
  for (const std::uint64_t offset : {site + 16, site + 4096 + 1, site + 8192 + 3}) {
    flip(offset);
    const std::string text = refusal();
    EXPECT_NE(text.find("the checksum of "), std::string::npos) << text;
    EXPECT_NE(text.find(", expected "), std::string::npos) << text;
    flip(offset);
    EXPECT_EQ(refusal(), "");
  }
  flip(site);  // the magic
  EXPECT_NE(refusal().find("no site where web has one"), std::string::npos);
}

TEST_F(Disk, MissingOrShort) {
  std::filesystem::resize_file(disk_, (1 << 20) + (64 << 10) + 5000);
  EXPECT_NE(refusal(), "");
  std::filesystem::remove(disk_);
  EXPECT_NE(refusal().find("cannot read the disk"), std::string::npos);
}

}  // namespace
}  // namespace exo
