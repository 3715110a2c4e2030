// SPDX-License-Identifier: Apache-2.0
//
// File: api.h
//
// The API as the command line sees it: one verb per method, derived from the descriptors that are
// embedded in the program. A method that is added to the protos becomes a verb by itself.

#ifndef JEJAK_CLIENT_CLI_API_H_
#define JEJAK_CLIENT_CLI_API_H_

#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"

#include "absl/strings/string_view.h"

#include <memory>
#include <string>
#include <vector>

namespace jejak::cli {

// `jejak RESOURCE NAME` calls `method`.
struct Verb {
  std::string resource;
  std::string name;
  const google::protobuf::MethodDescriptor* method;
  // Request fields that are given by position, in order.
  std::vector<const google::protobuf::FieldDescriptor*> positionals;
  // It ends something, and no other command brings that back.
  bool destructive;
};

// The resource and verb of a method. The resource is the service without "Service"; the verb is
// the method without the resource's noun, wherever in it the noun stands: DesignateLokus is
// "lokus designate", AddDocumentVersion is "document add-version". The exceptions stand in one
// table in api.cc.
struct VerbName {
  std::string resource;
  std::string verb;
};
VerbName NameOf(absl::string_view service, absl::string_view method);

// "DesignateLokus" -> "designate-lokus".
std::string Kebab(absl::string_view camel);

// Immutable after construction.
class Api {
 public:
  Api();

  const std::vector<Verb>& verbs() const { return verbs_; }
  // The verb, also by an alias of the resource ("kantor" for office) or with the words swapped
  // ("history lokus"). Null if there is none.
  const Verb* Find(absl::string_view resource, absl::string_view verb) const;
  // Resources in the order of their services.
  std::vector<std::string> Resources() const;
  // The verbs of a resource or of an alias; empty if there is no such resource.
  std::vector<const Verb*> VerbsOf(absl::string_view resource) const;
  // Other words for a resource.
  static std::vector<std::string> AliasesOf(absl::string_view resource);
  // A method by "LokusService.DesignateLokus"; null if there is none.
  const google::protobuf::MethodDescriptor* FindMethod(absl::string_view name) const;
  // An empty message.
  std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor* type) const;

 private:
  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<google::protobuf::DynamicMessageFactory> factory_;
  std::vector<Verb> verbs_;
};

// A raw comment as one text: the lines of a paragraph joined, an empty line between paragraphs, and
// an indented line by itself.
std::string CleanComment(absl::string_view raw);

// The comment above a declaration in the protos; empty if there is none.
template <typename Declaration>
std::string CommentOf(const Declaration& declaration) {
  google::protobuf::SourceLocation location;
  if (!declaration.GetSourceLocation(&location)) return "";
  return CleanComment(location.leading_comments);
}

// The first sentence of a text.
std::string FirstSentence(absl::string_view text);

bool IsRequired(const google::protobuf::FieldDescriptor& field);
bool IsOutputOnly(const google::protobuf::FieldDescriptor& field);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_API_H_
