// SPDX-License-Identifier: MIT
// In which order files lie on the disk, and that whoever reads the pack can follow it.
#include "libos/pack/host/order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "pack/reader.hpp"

namespace {

using pack::File;

std::vector<File> site(const std::map<std::string, std::string>& texts) {
  std::vector<File> files;
  for (const auto& [path, text] : texts) files.push_back({path, 1, {text.begin(), text.end()}});
  return files;
}

std::vector<std::string> order(const std::map<std::string, std::string>& texts, std::string_view list = {}) {
  const std::vector<File> files = site(texts);
  std::vector<std::string> paths;
  for (const std::size_t i : pack::order_of_use(files, list)) paths.push_back(files[i].path);
  return paths;
}

using Paths = std::vector<std::string>;

TEST(PackOrder, PagesWithWhatTheyReferTo) {
  EXPECT_EQ(
      order({{"a.png", "x"},
             {"about.html", "<img src='z.png'>"},
             {"deep/index.html", "<script src=../b.js></script>"},
             {"deep/y.css", "x"},
             {"index.html",
              "<a href=\"about.html\">a</a><link href=\"/s/main.css?v=1\"><img SRC=x src = \"a.png#f\">"},
             {"b.js", "x"},
             {"s/font.woff", "x"},
             {"s/main.css", "@import 'more.css'; a { background: url( \"font.woff\" ) }"},
             {"s/main.css.gz", "x"},
             {"s/more.css", "x"},
             {"unused", "x"},
             {"z.png", "x"}}),
      (Paths{"index.html", "s/main.css", "s/main.css.gz", "s/more.css", "s/font.woff", "a.png", "about.html",
             "z.png", "deep/index.html", "b.js", "deep/y.css", "unused"}));
}

TEST(PackOrder, WithoutPagesByPath) {
  EXPECT_EQ(order({{"b", "x"}, {"a", "x"}, {"c/d", "x"}}), (Paths{"a", "b", "c/d"}));
  EXPECT_EQ(order({}), Paths{});
}

TEST(PackOrder, CirclesEnd) {
  EXPECT_EQ(order({{"a.html", "<a href=index.html>"},
                   {"index.html", "<a href=./a.html><link href=s.css><a href=index.html>"},
                   {"s.css", "@import \"s.css\"; url(index.html)"}}),
            (Paths{"index.html", "s.css", "a.html"}));
}

TEST(PackOrder, ReferencesThatLeadElsewhere) {
  EXPECT_EQ(order({{"a", "x"},
                   {"index.html",
                    "<a href='https://example.org/z'><a href=//other/z><a href=../../z><a href='data:,z'>"
                    "<a href=''><a data-href=a href=#z><a href='gone'> href src= url("},
                   {"z", "x"}}),
            (Paths{"index.html", "a", "z"}));
}

TEST(PackOrder, AListComesFirst) {
  const std::map<std::string, std::string> texts{
      {"a", "x"}, {"b/index.html", "x"}, {"c", "x"}, {"index.html", "x"}};
  EXPECT_EQ(order(texts, "# what is used\n\n  /c\r\nb/\n"), (Paths{"c", "b/index.html", "index.html", "a"}));
  EXPECT_THROW(order(texts, "c\ngone\n"), std::runtime_error);
}

TEST(PackOrder, AnAccessLogIsAList) {
  const std::map<std::string, std::string> texts{{"a", "x"}, {"c", "x"}, {"index.html", "x"}};
  EXPECT_EQ(order(texts,
                  "logger| 10.0.2.2 - - [23/Nov/2026:17:43:57 +0000] \"GET /c?q=1 HTTP/1.1\" 200 1\n"
                  "10.0.2.2 - - [23/Nov/2026:17:43:57 +0000] \"GET /gone HTTP/1.1\" 404 1\n"
                  "10.0.2.2 - - [23/Nov/2026:17:43:57 +0000] \"HEAD / HTTP/1.1\" 200 1\n"
                  "10.0.2.2 - - [23/Nov/2026:17:43:57 +0000] \"GET /c HTTP/1.1\" 200 1\n"),
            (Paths{"c", "index.html", "a"}));
}

// The blocks of a pack lie so, and the directory says it.
TEST(PackOrder, IsFollowedOnTheDisk) {
  std::vector<File> files =
      site({{"_order", "c\nb\n"}, {"a", "1"}, {"b", "22"}, {"c", "333"}, {"d", ""}, {"index.html", "4"}});
  const std::vector<pack::u8> bytes = pack::build(files, 1 << 20);
  ASSERT_EQ(pack::check(bytes), pack::Error::None);
  pack::Superblock super;
  ASSERT_EQ(pack::read_superblock(bytes, bytes.size() / pack::kBlock, super), pack::Error::None);
  pack::Directory directory;
  ASSERT_EQ(directory.open(super, std::span(bytes).subspan(pack::kBlock)), pack::Error::None);
  Paths met;
  for (pack::u32 at = super.first_file; at != 0; at = directory.at(at - 1).next)
    met.emplace_back(pack::Directory::path(directory.at(at - 1)));
  EXPECT_EQ(met, (Paths{"c", "b", "index.html", "a"}));
  EXPECT_EQ(directory.size(), 5u) << "the list is no part of it";
  EXPECT_LT(directory.find("c")->first_block, directory.find("b")->first_block);
}

}  // namespace
