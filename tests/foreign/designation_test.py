#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client that learned the API from reflection drives a designation and reads its trail.

1. Start jejakd on an empty folder and a port of its own choice.
2. List the services and learn their messages by reflection.
3. Register the offices, import an excerpt of the region catalog, open a program with the policy
   deploy/policy/dp3-2021.json.
4. Map, propose, endorse, decide in a plenary meeting, approve, register and sign the decree,
   designate. On the way three commands are refused, with the reasons as data.
5. The trail has all of it in order, with both times and nobody's name.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import grpc

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from foreign_client import ForeignClient, Refused  # noqa: E402  (after the path is set)

SOURCE = os.environ.get("JEJAK_SOURCE") or os.path.normpath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BIN = os.environ.get("JEJAK_BIN") or os.path.join(SOURCE, "build/dev/bin")
START_SECONDS = 60
STOP_SECONDS = 30

PROGRAM = "programs/dp3-2021"
LOKUS = PROGRAM + "/lokus/18.06.11.2016"
MEETING = PROGRAM + "/meetings/pleno-2021-06-07"
MINUTES = "offices/18/documents/ba-pleno"
DECREE = "offices/18/documents/sk-lokus"
CATALOG = "regionCatalogs/kemendagri"
CHAIR_NAME = "Raden Sasmita Wirabuana"


class Server:
    """jejakd on a temporary folder."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        port_file = os.path.join(self._folder.name, "port")
        self._log = open(os.path.join(self._folder.name, "stderr"), "w+b")
        self._process = subprocess.Popen(
            [os.path.join(BIN, "jejakd"), "--dev", "--data",
             os.path.join(self._folder.name, "data"), "--listen", "127.0.0.1:0",
             "--port-file", port_file], stdout=self._log, stderr=self._log)
        self.address = f"127.0.0.1:{self._wait_for_port(port_file)}"

    def _wait_for_port(self, port_file):
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                raise AssertionError(f"jejakd ended at once:\n{self.log()}")
            try:
                with open(port_file, encoding="ascii") as file:
                    text = file.read().strip()
                if text:
                    return int(text)
            except FileNotFoundError:
                pass
            # Nothing to wait on: a file of another process is polled.
            time.sleep(0.02)
        raise AssertionError(f"jejakd wrote no port in {START_SECONDS} s:\n{self.log()}")

    def log(self):
        self._log.flush()
        with open(self._log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """Asks the server to stop; returns its exit code. Can be called again."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._log.close()
            self._folder.cleanup()


class DesignationTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.operator = ForeignClient(self.server.address, "officers/operator-18.06")
        self.addCleanup(self.operator.close)
        self.chair = ForeignClient(self.server.address, "officers/ketua-18")
        self.addCleanup(self.chair.close)
        self.requests = 0

    def write(self, office, day=None):
        """The header of a command for an office; `day`: it happened at 9:00 in Jakarta."""
        self.requests += 1
        header = {"requestId": f"foreign-{self.requests}", "office": f"offices/{office}"}
        if day is not None:
            header["occurredTime"] = {"time": f"{day}T02:00:00Z", "utcOffsetMinutes": 420}
        return header

    def assert_refused(self, code, reason, rule, call):
        with self.assertRaises(Refused) as caught:
            call()
        refused = caught.exception
        self.assertEqual(code, refused.code, refused)
        info = refused.detail("google.rpc.ErrorInfo")
        self.assertEqual(reason, info.reason)
        self.assertEqual("jejak", info.domain)
        refusal = refused.detail("jejak.v1.Refusal")
        self.assertEqual((reason, rule), (refusal.reason, refusal.rule))
        self.assertTrue(refusal.needed)
        return info, refusal

    def test_designation_by_reflection_alone(self):
        try:
            self.find_the_services()
            self.prepare_offices_and_program()
            self.map_and_propose()
            self.decide_in_a_plenary_meeting()
            self.sign_the_decree_and_designate()
            self.read_the_trail()
        except Exception:
            print("jejakd said:\n" + self.server.log(), file=sys.stderr)
            raise
        self.assertEqual(0, self.server.stop())

    def find_the_services(self):
        services = self.operator.services()
        for name in ("OfficeService", "RegionCatalogService", "ProgramService", "LokusService",
                     "MeetingService", "DocumentService", "HistoryService"):
            self.assertIn(f"jejak.v1.{name}", services)

    def prepare_offices_and_program(self):
        files = []
        for level, name in (("PROVINCE", "provinces"), ("REGENCY", "regencies"),
                            ("DISTRICT", "districts"), ("VILLAGE", "villages")):
            path = os.path.join(SOURCE, f"tests/support/data/regions/{name}.csv")
            with open(path, "rb") as file:
                # Small chunks, so that the upload is a stream of several messages.
                stored = self.chair.upload(file.read(), chunk_bytes=1000)
            files.append({"level": f"REGION_LEVEL_{level}", "sha256": stored.sha256})
        offices = (("ri", "NATIONAL", "KPU RI", "", ""),
                   ("18", "PROVINCE", "KPU Provinsi Lampung", "18", "offices/ri"),
                   ("18.06", "REGENCY", "KPU Kabupaten Tanggamus", "18.06", "offices/18"))
        for office, level, title, region, parent in offices:
            answer = self.chair.call("OfficeService", "RegisterOffice", {
                "write": self.write("ri"), "officeId": office, "level": f"OFFICE_LEVEL_{level}",
                "title": title, "regionCode": region, "parent": parent,
                "timeZone": "Asia/Jakarta", "validFrom": "2003-01-01"})
            self.assertEqual(f"offices/{office}", answer.office.name)
        imported = self.chair.call("RegionCatalogService", "ImportRegionCatalog", {
            "write": self.write("ri"), "name": CATALOG,
            "version": {"version": "4.0.1", "license": "ODbL-1.0", "files": files}})
        self.assertEqual(1, imported.region_catalog.versions[0].files[0].count)
        self.chair.call("RegionCatalogService", "ActivateRegionCatalog", {
            "write": self.write("ri"), "name": CATALOG, "version": "4.0.1",
            "effectiveOn": "2021-01-01"})
        self.chair.call("ProgramService", "OpenProgram", {
            "write": self.write("ri"), "programId": "dp3-2021", "kind": "DP3",
            "title": "Desa Peduli Pemilu dan Pemilihan 2021", "year": 2021,
            "leadOffice": "offices/ri"})
        with open(os.path.join(SOURCE, "deploy/policy/dp3-2021.json"), encoding="utf-8") as file:
            policy = json.load(file)
        published = self.chair.call("ProgramService", "PublishPolicy", {
            "write": self.write("ri"), "name": PROGRAM, "policy": policy})
        self.assertEqual(1, published.program.policy.version)

    def map_and_propose(self):
        mapped = self.operator.call("LokusService", "MapVillage", {
            "write": self.write("18.06", "2021-05-03"), "parent": PROGRAM,
            "regionCode": "18.06.11.2016",
            "indicators": [{"kind": "INDICATOR_KIND_TURNOUT", "numerator": 812,
                            "denominator": 1430, "basis": "VOTER_LIST_BASIS_DPT",
                            "election": "pemilihan-2020", "source": "Model D.Hasil"}]})
        self.assertEqual("Gunung Kasih", mapped.lokus.region_title)
        self.assertEqual("Pugung", mapped.lokus.district_title)
        proposal = {
            "write": self.write("18.06", "2021-05-10"), "name": LOKUS,
            "categories": ["LOKUS_CATEGORY_LOW_TURNOUT"], "justification": "Turnout below 60 %.",
            "evidence": [{"category": "LOKUS_CATEGORY_LOW_TURNOUT",
                          "indicator": "INDICATOR_KIND_TURNOUT"}]}
        first = self.operator.call("LokusService", "ProposeLokus", proposal)
        again = self.operator.call("LokusService", "ProposeLokus", proposal)
        self.assertFalse(first.commit.replayed)
        self.assertTrue(again.commit.replayed)
        self.assertEqual(first.commit.first_position, again.commit.first_position)

    def decide_in_a_plenary_meeting(self):
        self.chair.call("LokusService", "EndorseLokus", {
            "write": self.write("18", "2021-05-20"), "name": LOKUS})
        _, refusal = self.assert_refused(
            grpc.StatusCode.FAILED_PRECONDITION, "PLENARY_MISSING", "R7",
            lambda: self.chair.call("LokusService", "ApproveLokus", {
                "write": self.write("18"), "name": LOKUS, "plenaryMeeting": MEETING}))
        self.assertEqual(1, refusal.policy_version)
        self.chair.call("MeetingService", "ScheduleMeeting", {
            "write": self.write("18", "2021-06-01"), "parent": PROGRAM,
            "meetingId": MEETING.rsplit("/", 1)[-1], "kind": "MEETING_KIND_PLENARY",
            "subject": "Penetapan lokus", "place": "Bandar Lampung",
            "plannedFrom": "2021-06-07", "plannedTo": "2021-06-07", "lokus": [LOKUS]})
        self.chair.call("MeetingService", "HoldMeeting", {
            "write": self.write("18", "2021-06-07"), "name": MEETING,
            "heldFrom": "2021-06-07", "heldTo": "2021-06-07", "mode": "MEETING_MODE_ONSITE"})
        present = [{"attendanceId": line, "signed": True,
                    "party": {"kind": "PARTY_KIND_OFFICE", "office": "offices/18",
                              "capacity": capacity, "person": {"name": name}}}
                   for line, capacity, name in (("01", "CAPACITY_CHAIR", CHAIR_NAME),
                                                ("02", "CAPACITY_COMMISSIONER", "Laras Kinanti"),
                                                ("03", "CAPACITY_COMMISSIONER", "Bagas Prakoso"))]
        held = self.chair.call("MeetingService", "RecordAttendance", {
            "write": self.write("18", "2021-06-07"), "name": MEETING, "attendance": present})
        self.assertTrue(held.meeting.attendance[0].party.person.masked)
        self.assertNotIn(CHAIR_NAME, str(held))
        self.chair.call("MeetingService", "TakeDecision", {
            "write": self.write("18", "2021-06-07"), "name": MEETING,
            "decision": {"number": "1", "text": "Gunung Kasih becomes a lokus."}})
        stored = self.chair.upload(b"%PDF-1.4 the minutes\n")
        self.chair.call("DocumentService", "RegisterDocument", {
            "write": self.write("18", "2021-06-07"), "parent": "offices/18",
            "documentId": "ba-pleno", "type": "DOCUMENT_TYPE_OFFICIAL_MINUTES",
            "title": "Berita acara rapat pleno", "issuedOn": "2021-06-07",
            "disclosure": "DISCLOSURE_CLASS_INTERNAL"})
        self.chair.call("DocumentService", "AddDocumentVersion", {
            "write": self.write("18", "2021-06-07"), "name": MINUTES, "sha256": stored.sha256,
            "mediaType": "application/pdf"})
        self.sign(MINUTES, "2021-06-07")
        self.chair.call("MeetingService", "AttachMinutes", {
            "write": self.write("18", "2021-06-07"), "name": MEETING, "document": MINUTES})
        info, refusal = self.assert_refused(
            grpc.StatusCode.PERMISSION_DENIED, "OFFICE_NOT_ENTITLED", "R5",
            lambda: self.operator.call("LokusService", "ApproveLokus", {
                "write": self.write("18.06"), "name": LOKUS, "plenaryMeeting": MEETING}))
        self.assertEqual("offices/18.06", info.metadata["office"])
        self.assertEqual("290/PP.06-Kpt/06/KPU/IV/2021", refusal.article)
        self.chair.call("LokusService", "ApproveLokus", {
            "write": self.write("18", "2021-06-07"), "name": LOKUS, "plenaryMeeting": MEETING})

    def sign(self, document, day):
        self.chair.call("DocumentService", "SignDocument", {
            "write": self.write("18", day), "name": document,
            "signature": {"signer": {"kind": "PARTY_KIND_OFFICE", "office": "offices/18",
                                     "capacity": "CAPACITY_CHAIR",
                                     "person": {"name": CHAIR_NAME}},
                          "method": "SIGNATURE_METHOD_WET", "signedOn": day}})

    def sign_the_decree_and_designate(self):
        self.chair.call("DocumentService", "RegisterDocument", {
            "write": self.write("18", "2021-06-08"), "parent": "offices/18",
            "documentId": "sk-lokus", "type": "DOCUMENT_TYPE_DECREE",
            "number": "57/PP.06-Kpt/18/KPU-Prov/VI/2021", "title": "Penetapan lokus DP3",
            "issuedOn": "2021-06-08", "disclosure": "DISCLOSURE_CLASS_PUBLIC", "lokus": [LOKUS]})
        stored = self.chair.upload(b"%PDF-1.4 the decree\n")
        self.chair.call("DocumentService", "AddDocumentVersion", {
            "write": self.write("18", "2021-06-08"), "name": DECREE, "sha256": stored.sha256,
            "mediaType": "application/pdf"})
        designation = {"name": LOKUS, "decree": DECREE, "effectiveOn": "2021-06-09"}
        self.assert_refused(
            grpc.StatusCode.FAILED_PRECONDITION, "DECREE_NOT_SIGNED", "R7",
            lambda: self.chair.call("LokusService", "DesignateLokus", {
                "write": self.write("18"), **designation}))
        self.sign(DECREE, "2021-06-08")
        designated = self.chair.call("LokusService", "DesignateLokus", {
            "write": self.write("18", "2021-06-09"), **designation})
        state = designated.lokus.DESCRIPTOR.fields_by_name["state"].enum_type
        self.assertEqual("LOKUS_STATE_DESIGNATED",
                         state.values_by_number[designated.lokus.state].name)
        self.assertEqual(25, designated.lokus.agen_quota.max)

    def read_the_trail(self):
        trail, token = [], ""
        while True:
            # Small pages, so that there are several.
            page = self.operator.call("HistoryService", "ListLokusHistory", {
                "name": LOKUS, "pageSize": 5, "pageToken": token})
            self.assertLessEqual(len(page.events), 5)
            trail += page.events
            token = page.next_page_token
            if not token:
                break
        self.assertEqual([
            (LOKUS, "VillageMapped", "2021-05-03"),
            (LOKUS, "LokusProposed", "2021-05-10"),
            (LOKUS, "LokusProposalEndorsed", "2021-05-20"),
            (MEETING, "MeetingScheduled", "2021-06-01"),
            (MEETING, "MeetingHeld", "2021-06-07"),
            (MEETING, "AttendanceRecorded", "2021-06-07"),
            (MEETING, "DecisionTaken", "2021-06-07"),
            (MEETING, "MinutesAttached", "2021-06-07"),
            (LOKUS, "LokusApproved", "2021-06-07"),
            (DECREE, "DocumentRegistered", "2021-06-08"),
            (DECREE, "DocumentVersionAdded", "2021-06-08"),
            (DECREE, "DocumentSigned", "2021-06-08"),
            (LOKUS, "LokusDesignated", "2021-06-09"),
        ], [(e.stream, e.type.rsplit(".", 1)[-1], e.occurred_time.ToJsonString()[:10])
            for e in trail])
        for before, after in zip(trail, trail[1:]):
            self.assertLess(before.position, after.position)
            self.assertLess(before.commit_time.ToNanoseconds(), after.commit_time.ToNanoseconds())
        for event in trail:
            self.assertEqual(420, event.utc_offset_minutes)
            self.assertLess(event.occurred_time.seconds, event.commit_time.seconds)
            self.assertTrue(event.actor_unauthenticated)
            self.assertEqual(event.type, event.event.type_url.rsplit("/", 1)[-1])
            self.assertNotIn(CHAIR_NAME, str(self.operator.unpack(event.event)))
        self.assertEqual(["officers/operator-18.06"] * 2 + ["officers/ketua-18"] * 11,
                         [event.actor for event in trail])
        designated = self.operator.unpack(trail[-1].event)
        self.assertEqual("57/PP.06-Kpt/18/KPU-Prov/VI/2021", designated.decree_number)


if __name__ == "__main__":
    unittest.main()
