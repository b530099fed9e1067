package import StarlingMessages
package import StarlingZeroMQ

extension ActorSession.Outgoing {
    /// Sends the first frame: the header, and the block if that goes with it.
    package func sendHeader(over dealer: borrowing ZeroMQSocket, _ header: inout HeaderBuffer) throws(ZeroMQError) -> ZeroMQSocket.Sending {
        header.write(message)
        let isAlone = block == nil || isPayload
        if let block, isPayload { header.append(payload: UnsafeRawBufferPointer(rebasing: block.bytes[..<byteCount])) }
        return try header.withBytes { bytes throws(ZeroMQError) in try dealer.send(bytes, more: !isAlone) }
    }
}
