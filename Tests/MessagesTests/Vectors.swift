/// Made with `protoc --proto_path=Sources/Messages/Schema --encode=starling.wire.ActorFrame wire.proto` (LearnerFrame
/// for the status), libprotoc 3.21.12, from the same values in Protobuf's text format.
enum Vectors {
    static let experience =
        "1246088580808020102a180220b96029efcdab89674523013090053808415555aaaa5555aaaa4a08000048430000c0bf5203c80107588030618899aabbccddeeff6832702a788032"
    static let status =
        "1a2608858080802010291880808080202212080210b96019efcdab8967452301209f8d06282a3007"
    static let pull = "220e0804100118022080804028808010"
}
