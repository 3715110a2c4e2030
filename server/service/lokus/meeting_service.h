// SPDX-License-Identifier: Apache-2.0
//
// File: meeting_service.h
//
// The methods of MeetingService (proto/jejak/v1/meeting_service.proto); what happens in each is in
// runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_LOKUS_MEETING_SERVICE_H_
#define JEJAK_SERVER_SERVICE_LOKUS_MEETING_SERVICE_H_

#include "server/domain/lokus/meeting.h"
#include "server/service/runner.h"

#include "jejak/v1/meeting_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class MeetingServiceImpl final : public v1::MeetingService::CallbackService {
 public:
  explicit MeetingServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* GetMeeting(grpc::CallbackServerContext* context,
                                       const v1::GetMeetingRequest* request,
                                       v1::Meeting* response) override {
    return runner_.Get<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListMeetings(grpc::CallbackServerContext* context,
                                         const v1::ListMeetingsRequest* request,
                                         v1::ListMeetingsResponse* response) override {
    return runner_.List<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ScheduleMeeting(grpc::CallbackServerContext* context,
                                            const v1::ScheduleMeetingRequest* request,
                                            v1::ScheduleMeetingResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RescheduleMeeting(grpc::CallbackServerContext* context,
                                              const v1::RescheduleMeetingRequest* request,
                                              v1::RescheduleMeetingResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CancelMeeting(grpc::CallbackServerContext* context,
                                          const v1::CancelMeetingRequest* request,
                                          v1::CancelMeetingResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* HoldMeeting(grpc::CallbackServerContext* context,
                                        const v1::HoldMeetingRequest* request,
                                        v1::HoldMeetingResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RecordAttendance(grpc::CallbackServerContext* context,
                                             const v1::RecordAttendanceRequest* request,
                                             v1::RecordAttendanceResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* TakeDecision(grpc::CallbackServerContext* context,
                                         const v1::TakeDecisionRequest* request,
                                         v1::TakeDecisionResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* AttachMinutes(grpc::CallbackServerContext* context,
                                          const v1::AttachMinutesRequest* request,
                                          v1::AttachMinutesResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* AssignFollowUp(grpc::CallbackServerContext* context,
                                           const v1::AssignFollowUpRequest* request,
                                           v1::AssignFollowUpResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CompleteFollowUp(grpc::CallbackServerContext* context,
                                             const v1::CompleteFollowUpRequest* request,
                                             v1::CompleteFollowUpResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CorrectMeeting(grpc::CallbackServerContext* context,
                                           const v1::CorrectMeetingRequest* request,
                                           v1::CorrectMeetingResponse* response) override {
    return runner_.Command<domain::MeetingDecider>(context, request, response);
  }

 private:
  Runner& runner_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_LOKUS_MEETING_SERVICE_H_
