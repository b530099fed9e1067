/// What follows a header in the same frame: an unroll's block, or a piece of parameters, that is small. Frames cost more than their bytes
/// where there are many: each is a message of libzmq's, and with CURVE encrypted by itself.
///
/// It is the last field of ActorFrame and LearnerFrame, so that any encoder of Protobuf makes it, and none has to copy it out.
package enum FramePayload {
    /// Larger ones are frames of their own, which need not be copied.
    package static let limit = 16 * 1024

    /// Field 15, with a length.
    static let key: UInt8 = 15 << 3 | 2

    /// Takes a frame apart.
    /// - Returns: the header, and the payload where the frame has the form that every encoder gives it: the message first, then
    ///   the payload up to the end. Of any other frame all is header.
    package static func split(
        _ frame: UnsafeRawBufferPointer
    ) -> (header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer?) {
        var place = 0
        guard let message = HeaderShape.next(frame, &place), message.bytes != nil, place < frame.count, frame[place] == key else {
            return (frame, nil)
        }
        let end = place
        guard let bytes = HeaderShape.next(frame, &place)?.bytes, bytes.upperBound == frame.count else { return (frame, nil) }
        return (UnsafeRawBufferPointer(rebasing: frame[..<end]), UnsafeRawBufferPointer(rebasing: frame[bytes]))
    }
}
