// SPDX-License-Identifier: Apache-2.0
//
// File: document_service.h
//
// The methods of DocumentService (proto/jejak/v1/document_service.proto); what happens in each is
// in runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_RECORD_DOCUMENT_SERVICE_H_
#define JEJAK_SERVER_SERVICE_RECORD_DOCUMENT_SERVICE_H_

#include "server/content/content_store.h"
#include "server/domain/record/document.h"
#include "server/service/runner.h"

#include "jejak/v1/document_service.grpc.pb.h"

#include <atomic>

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class DocumentServiceImpl final : public v1::DocumentService::CallbackService {
 public:
  DocumentServiceImpl(Runner& runner, content::ContentStore& content)
      : runner_(runner), content_(content) {}

  grpc::ServerUnaryReactor* GetDocument(grpc::CallbackServerContext* context,
                                        const v1::GetDocumentRequest* request,
                                        v1::Document* response) override {
    return runner_.Get<domain::DocumentDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListDocuments(grpc::CallbackServerContext* context,
                                          const v1::ListDocumentsRequest* request,
                                          v1::ListDocumentsResponse* response) override {
    return runner_.List<domain::DocumentDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RegisterDocument(grpc::CallbackServerContext* context,
                                             const v1::RegisterDocumentRequest* request,
                                             v1::RegisterDocumentResponse* response) override {
    return runner_.Command<domain::DocumentDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* AddDocumentVersion(grpc::CallbackServerContext* context,
                                               const v1::AddDocumentVersionRequest* request,
                                               v1::AddDocumentVersionResponse* response) override {
    return runner_.Command<domain::DocumentDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* SignDocument(grpc::CallbackServerContext* context,
                                         const v1::SignDocumentRequest* request,
                                         v1::SignDocumentResponse* response) override {
    return runner_.Command<domain::DocumentDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* SupersedeDocument(grpc::CallbackServerContext* context,
                                              const v1::SupersedeDocumentRequest* request,
                                              v1::SupersedeDocumentResponse* response) override {
    return runner_.Command<domain::DocumentDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CorrectDocument(grpc::CallbackServerContext* context,
                                            const v1::CorrectDocumentRequest* request,
                                            v1::CorrectDocumentResponse* response) override {
    return runner_.Command<domain::DocumentDecider>(context, request, response);
  }

  grpc::ServerReadReactor<v1::UploadContentRequest>* UploadContent(
      grpc::CallbackServerContext* context, v1::UploadContentResponse* response) override;
  grpc::ServerWriteReactor<v1::DownloadContentResponse>* DownloadContent(
      grpc::CallbackServerContext* context, const v1::DownloadContentRequest* request) override;

 private:
  Runner& runner_;
  content::ContentStore& content_;
  // Uploads and downloads under way.
  std::atomic<int> transfers_{0};
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_RECORD_DOCUMENT_SERVICE_H_
