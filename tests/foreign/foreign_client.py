# SPDX-License-Identifier: Apache-2.0
"""A client of Jejak that knows nothing but gRPC: it learns the API from server reflection.

No generated code and no .proto file: the services are listed by grpc.reflection.v1alpha, and the
message classes are made from the descriptors it answers with.
"""

import collections
import hashlib

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
DEADLINE_SECONDS = 30


# The messages of the reflection service, by hand: it is the one service that cannot be learned.
# A field here has a number below 16 and is a length-delimited one or a varint.

def encode_field(number, payload):
    size, length = bytearray(), len(payload)
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return bytes([number << 3 | 2]) + bytes(size) + payload


def decode_fields(data):
    """{number: [value, ...]}; a value is bytes or an int."""
    fields, at = collections.defaultdict(list), 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            fields[key >> 3].append(varint())
        elif key & 7 == 2:
            size = varint()
            fields[key >> 3].append(data[at:at + size])
            at += size
        else:
            raise ValueError(f"wire type {key & 7} is not expected here")
    return fields


class Refused(Exception):
    """A call that was refused, with the details of its google.rpc.Status as messages."""

    def __init__(self, code, text, details):
        super().__init__(f"{code.name}: {text} {details}")
        self.code = code
        self.details = details

    def detail(self, full_name):
        """The one detail of a type."""
        found = [d for d in self.details if d.DESCRIPTOR.full_name == full_name]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} details of type {full_name} in {self}")
        return found[0]


class ForeignClient:
    """Calls methods by name, with requests as JSON values."""

    def __init__(self, address, actor):
        self._channel = grpc.insecure_channel(address)
        self._metadata = (("x-jejak-actor", actor),)
        self._pool = descriptor_pool.DescriptorPool()
        self._factory = message_factory.MessageFactory(self._pool)
        self._added = set()
        grpc.channel_ready_future(self._channel).result(timeout=DEADLINE_SECONDS)

    def close(self):
        self._channel.close()

    def _reflect(self, field, text):
        call = self._channel.stream_stream(REFLECTION)
        answers = call(iter([encode_field(field, text.encode())]), timeout=DEADLINE_SECONDS)
        answer = decode_fields(next(iter(answers)))
        answers.cancel()
        if 7 in answer:
            raise LookupError(f"reflection: {text}: {decode_fields(answer[7][0])}")
        return answer

    def services(self):
        """Full names of all services."""
        listed = decode_fields(self._reflect(7, "")[6][0])
        return sorted(decode_fields(service)[1][0].decode() for service in listed[1])

    def learn(self, symbol):
        """Adds the file that declares a symbol, and what it imports, to the pool."""
        files = {}

        def collect(answer):
            for serialized in decode_fields(answer[4][0])[1]:
                file = descriptor_pb2.FileDescriptorProto.FromString(serialized)
                files[file.name] = file

        def add(name):
            if name in self._added:
                return
            if name not in files:
                collect(self._reflect(3, name))
            for needed in files[name].dependency:
                add(needed)
            self._pool.Add(files[name])
            self._added.add(name)

        collect(self._reflect(4, symbol))
        for name in list(files):
            add(name)

    def message_class(self, full_name):
        try:
            descriptor = self._pool.FindMessageTypeByName(full_name)
        except KeyError:
            self.learn(full_name)
            descriptor = self._pool.FindMessageTypeByName(full_name)
        return self._factory.GetPrototype(descriptor)

    def unpack(self, packed):
        """The message in a google.protobuf.Any."""
        return self.message_class(packed.type_url.rsplit("/", 1)[-1]).FromString(packed.value)

    def method(self, service, name):
        """The descriptor of a method."""
        full_name = f"jejak.v1.{service}"
        try:
            descriptor = self._pool.FindServiceByName(full_name)
        except KeyError:
            self.learn(full_name)
            descriptor = self._pool.FindServiceByName(full_name)
        return descriptor.methods_by_name[name]

    def call(self, service, name, request):
        """One unary call. Raises Refused."""
        method = self.method(service, name)
        message = json_format.ParseDict(
            request, self.message_class(method.input_type.full_name)())
        stub = self._channel.unary_unary(
            f"/{method.containing_service.full_name}/{name}",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=self.message_class(method.output_type.full_name).FromString)
        return self._run(stub, message)

    def upload(self, content, chunk_bytes=64 * 1024):
        """Uploads bytes as a stream; returns the UploadContentResponse."""
        method = self.method("DocumentService", "UploadContent")
        request = self.message_class(method.input_type.full_name)
        stub = self._channel.stream_unary(
            f"/{method.containing_service.full_name}/UploadContent",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=self.message_class(method.output_type.full_name).FromString)
        chunks = [request(chunk=content[at:at + chunk_bytes])
                  for at in range(0, max(len(content), 1), chunk_bytes)]
        chunks[0].sha256 = hashlib.sha256(content).hexdigest()
        return self._run(stub, iter(chunks))

    def _run(self, stub, argument):
        try:
            return stub(argument, timeout=DEADLINE_SECONDS, metadata=self._metadata)
        except grpc.RpcError as error:
            trailers = dict(error.trailing_metadata() or ())
            details = []
            if "grpc-status-details-bin" in trailers:
                status = self.message_class("google.rpc.Status").FromString(
                    trailers["grpc-status-details-bin"])
                details = [self.unpack(detail) for detail in status.details]
            raise Refused(error.code(), error.details(), details) from error
